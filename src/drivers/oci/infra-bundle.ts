/**
 * The bundle of a pod's infra process: the init of the process namespace that the pod's containers share. It does nothing
 * but reap, so it gets nothing: no capability, no writable file, no program but itself.
 */
import { chmodSync, copyFileSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Unavailable } from "../../errors.ts";
import type { IdMappings, SandboxId } from "../../vocabulary/index.ts";
import { configFile } from "./bundle-files.ts";
import type { NamespacePaths } from "./bundle.ts";
import type { Host } from "./host.ts";
import { oomScoreAdj, rlimits, defaultLimits } from "./spec/limits.ts";
import { specMappings } from "./spec/id-mappings.ts";
import type { Spec } from "./spec/runtime-spec.ts";

export interface InfraBundleRequest {
  readonly id: SandboxId;
  readonly namespaces: NamespacePaths;
  /** Of the pod's own user namespace. */
  readonly userNamespace?: IdMappings | false;
  readonly cgroupsPath: string;
}

export interface InfraBundles {
  /** Throws Unavailable where the program is not on this host. */
  write(request: InfraBundleRequest): void;
  /** A bundle that is not there is fine. */
  remove(id: SandboxId): void;
}

export interface InfraBundlesOptions {
  readonly bundleDir: string;
  /** Where the root filesystem of all infra processes is made; read-only for them. */
  readonly dir: string;
  /** A static program that reaps when called with `-P`: catatonit. */
  readonly program: string;
  readonly host: Host;
}

/** As the kubelet's own pause containers have it: the last to go when memory is short. */
const OOM_SCORE_ADJ = -998;
const LEAST_CPU_SHARES = 2;

export const infraBundles = ({ bundleDir, dir, program, host }: InfraBundlesOptions): InfraBundles => {
  /** Made once for each program: its root is the program and the mount points that the OCI runtime wants. */
  const rootfs = (): string => {
    const { size, mtimeMs } = found(program);
    const root = join(dir, `${size}-${Math.trunc(mtimeMs)}`);
    const target = join(root, "infra");
    try {
      statSync(target);
    } catch {
      for (const point of ["proc", "dev", "sys"]) mkdirSync(join(root, point), { recursive: true, mode: 0o755 });
      copyFileSync(program, `${target}.new`);
      chmodSync(`${target}.new`, 0o555);
      renameSync(`${target}.new`, target);
    }
    return root;
  };

  return {
    write({ id, namespaces, userNamespace, cgroupsPath }) {
      const path = join(bundleDir, id);
      const none: readonly string[] = [];
      const spec: Spec = {
        ociVersion: "1.0.2",
        process: {
          terminal: false,
          user: { uid: 0, gid: 0, additionalGids: [] },
          args: ["/infra", "-P"],
          env: [],
          cwd: "/",
          capabilities: { bounding: none, effective: none, permitted: none, inheritable: none, ambient: none },
          rlimits: rlimits(defaultLimits, host),
          noNewPrivileges: true,
          oomScoreAdj: oomScoreAdj(OOM_SCORE_ADJ, host).value,
        },
        root: { path: rootfs(), readonly: true },
        mounts: [
          { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev", "ro"] },
          {
            destination: "/dev",
            type: "tmpfs",
            source: "tmpfs",
            options: ["nosuid", "noexec", "mode=755", "size=64k"],
          },
        ],
        annotations: { "io.kubernetes.cri.container-type": "sandbox", "io.kubernetes.cri.sandbox-id": id },
        linux: {
          namespaces: [
            { type: "mount" },
            { type: "pid" },
            ...(["user", "network", "ipc", "uts"] as const).flatMap((type) =>
              namespaces[type] === undefined ? [] : [{ type, path: namespaces[type] }],
            ),
          ],
          ...specMappings(userNamespace),
          cgroupsPath,
          resources: {
            devices: [{ allow: false, access: "rwm" }],
            cpu: { shares: LEAST_CPU_SHARES },
            memory: { limit: undefined, swap: undefined },
          },
          devices: [],
          maskedPaths: [],
          readonlyPaths: [],
        },
      };
      mkdirSync(path, { recursive: true, mode: 0o700 });
      writeFileSync(configFile(path), JSON.stringify(spec), { mode: 0o600 });
    },

    remove: (id) => rmSync(join(bundleDir, id), { recursive: true, force: true }),
  };
};

const found = (program: string): { readonly size: number; readonly mtimeMs: number } => {
  try {
    return statSync(program);
  } catch (error) {
    throw new Unavailable(
      `pods with one process namespace need ${program}, which is not there: install catatonit, or set troupe.runtime.infra_program`,
      error,
    );
  }
};
