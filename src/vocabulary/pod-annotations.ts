/**
 * Annotations of pods that change how their containers are made, in CRI-O's words of today and in those of before
 * (`io.kubernetes.cri-o.*`). A handler obeys those that the operator allows it (`allowed_annotations`), and no others.
 */

/** Today's name with the older one. */
const older = {
  "devices.crio.io": "io.kubernetes.cri-o.Devices",
  "shm-size.crio.io": "io.kubernetes.cri-o.ShmSize",
  "umask.crio.io": "io.kubernetes.cri-o.umask",
  "unified-cgroup.crio.io": "io.kubernetes.cri-o.UnifiedCgroup",
  "cgroup2-mount-hierarchy-rw.crio.io": "io.kubernetes.cri-o.cgroup2-mount-hierarchy-rw",
} as const;

export type PodAnnotation = keyof typeof older;

export type Annotations = Readonly<Record<string, string>>;

const isAllowed = (name: string, allowed: readonly string[]): boolean =>
  allowed.some((start) => start !== "" && name.startsWith(start));

/** What the pod says by this annotation; with `container`, to this one before all others. Absent: nothing, or it is not allowed to. */
export const podAnnotation = (
  name: PodAnnotation,
  annotations: Annotations,
  allowed: readonly string[],
  container?: string,
): string | undefined =>
  [...(container === undefined ? [] : [`/${container}`, `.${container}`]), ""]
    .flatMap((suffix) => [`${name}${suffix}`, `${older[name]}${suffix}`])
    .filter((key) => isAllowed(key, allowed))
    .map((key) => annotations[key])
    .find((value) => value !== undefined);

/** Beginnings of annotations that OCI runtimes and hooks obey by themselves: allowed ones are handed on as they are. */
const obeyed = [
  "run.oci.",
  "org.systemd.property.",
  "org.criu.config",
  "module.wasm.image/variant",
  "io.containers.trace-syscall",
];

export const handedOn = (annotations: Annotations, allowed: readonly string[]): Annotations =>
  Object.fromEntries(
    Object.entries(annotations).filter(
      ([key]) => obeyed.some((start) => key.startsWith(start)) && isAllowed(key, allowed),
    ),
  );
