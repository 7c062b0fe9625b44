/**
 * `troupe doctor [--config FILE]`: what this host lacks, and what follows. Changes nothing.
 * Exit status: 0 when pods can run, 1 when something stops them.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { probeHandlers } from "../composition/parts-of-node.ts";
import { placesOf } from "../composition/places.ts";
import { noUserNamespaces, refusalOf } from "../composition/user-namespaces.ts";
import { cgroups } from "../drivers/cgroup/host-cgroups.ts";
import { cniNetwork } from "../drivers/cni/cni-network.ts";
import { overlayApi } from "../drivers/linux/overlay.ts";
import { readHost } from "../drivers/oci/host.ts";
import type { OciRuntime } from "../drivers/oci/runtime.ts";
import { readSettings, type Settings } from "../settings.ts";
import { parse } from "./options.ts";

interface Finding {
  readonly level: "ok" | "note" | "broken";
  readonly about: string;
  readonly text: string;
}
const ok = (about: string, text: string): Finding => ({ level: "ok", about, text });
const note = (about: string, text: string): Finding => ({ level: "note", about, text });
const broken = (about: string, text: string): Finding => ({ level: "broken", about, text });

const kernelAtLeast = (major: number, minor: number): boolean => {
  const [a = 0, b = 0] = release().split(".").map(Number);
  return a > major || (a === major && b >= minor);
};

const kernel = (): Finding[] => [
  ok("kernel", release()),
  kernelAtLeast(6, 15)
    ? ok("exit codes", "the kernel tells them even of containers that outlive a killed monitor")
    : note(
        "exit codes",
        "Linux before 6.15: those of containers that outlive a killed monitor are unknown (an upgrade of the monitor loses none)",
      ),
  overlayApi() === "fsconfig"
    ? ok("overlay", "layers are given one by one (fsconfig)")
    : note(
        "overlay",
        "Linux before 6.7: an image's layers must fit one mount option of 4,095 bytes, which is some 200",
      ),
];

const rights = (settings: Settings): Finding[] => {
  if (process.getuid?.() !== 0) return [broken("rights", "not root: a container runtime needs to be")];
  const { driver, facts } = cgroups({ driver: settings.cgroupManager });
  const host = readHost(facts);
  const layout =
    facts.layout === "v2"
      ? ok("cgroups", `v2, by ${driver}`)
      : note(
          "cgroups",
          `${facts.layout}, by ${driver}: the kubelet of today refuses this unless told otherwise; v2 is the main case`,
        );
  const missing = ["memory", "cpu", "pids"].filter((controller) => !facts.controllers.has(controller));
  return [
    layout,
    ...(missing.length > 0
      ? [broken("cgroups", `without the controllers ${missing.join(", ")} their limits cannot be set`)]
      : []),
    host.sysResource
      ? ok("rights", "all that is needed")
      : note(
          "rights",
          "without CAP_SYS_RESOURCE: oom_score_adj is never lowered and limits are never raised; what is asked is clamped, with a warning in the container's status",
        ),
    existsSync(settings.seccompProfile)
      ? ok("seccomp", settings.seccompProfile)
      : broken(
          "seccomp",
          `${settings.seccompProfile} is missing, and RuntimeDefault with it; install golang-github-containers-common`,
        ),
  ];
};

const runtimes = async (settings: Settings): Promise<Finding[]> => {
  // A place of its own: what is asked here must not leave anything in the daemon's.
  const runroot = mkdtempSync(join(tmpdir(), "troupe-doctor-"));
  const { usable, unusable } = await probeHandlers({ ...settings, runroot }).finally(() =>
    rmSync(runroot, { recursive: true, force: true }),
  );
  return [
    ...usable.map(({ handler, version, path }) => ok(`handler ${handler}`, `${path} ${version}`)),
    ...(await users(settings, usable)),
    ...unusable.map(({ handler, reason }) =>
      (handler === settings.defaultRuntime ? broken : note)(`handler ${handler}`, reason),
    ),
  ];
};

/** What is asked makes the directory where it is missing. */
const nearest = (path: string): string => (existsSync(path) ? path : nearest(dirname(path)));

const users = async (settings: Settings, usable: readonly OciRuntime[]): Promise<Finding[]> => {
  const host = await noUserNamespaces(nearest(placesOf(settings).images), release());
  return usable.map((runtime) => {
    const refusal = refusalOf(host, runtime);
    return refusal === undefined
      ? ok("users", `pods of ${runtime.handler} can have a user namespace of their own (hostUsers: false)`)
      : note("users", `pods of ${runtime.handler} cannot have a user namespace of their own: ${refusal}`);
  });
};

const network = async (settings: Settings): Promise<Finding> => {
  const driver = cniNetwork({
    confDir: settings.networkDir,
    pluginDirs: settings.pluginDirs,
    cacheDir: "/var/lib/cni",
    defaultNetwork: settings.defaultNetwork,
  });
  await driver.watch(() => undefined);
  const readiness = driver.readiness();
  driver.close();
  return readiness.ready
    ? ok("network", readiness.name)
    : note("network", `${readiness.reason} (host-network pods run all the same)`);
};

/** Mount propagation is relative to the mount namespace we live in: it has to be the host's. */
const mountNamespace = (): Finding => {
  const root = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .find((line) => line.split(" ")[4] === "/");
  return root?.includes("shared:")
    ? ok("mounts", "the root is shared: mounts reach containers that ask for it")
    : note("mounts", "the root is not a shared mount: volumes with propagation are refused; mount --make-rshared /");
};

const MARKS = { ok: "ok    ", note: "note  ", broken: "BROKEN" } as const;

export const run = async (args: readonly string[]): Promise<number> => {
  const { values } = parse(args, { config: { type: "string" } });
  const settings = readSettings(values["config"] as string | undefined);
  const findings = [
    ...settings.warnings.map((warning) => note("settings", warning)),
    ...kernel(),
    ...rights(settings),
    ...(await runtimes(settings)),
    await network(settings),
    mountNamespace(),
  ];
  for (const { level, about, text } of findings) process.stdout.write(`${MARKS[level]} ${about.padEnd(14)} ${text}\n`);
  const count = findings.filter(({ level }) => level === "broken").length;
  process.stdout.write(count === 0 ? "pods can run here\n" : `${count} of these stop pods from running\n`);
  return count === 0 ? 0 : 1;
};
