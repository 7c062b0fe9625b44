/**
 * Bundles as directories `<bundleDir>/<id>`, readable by root alone (environments hold secrets), on a filesystem that a reboot
 * empties, as it ends the containers. All that exec and the OCI runtime need is in there, so that a later daemon finds it.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { failedBy, NotFound } from "../../errors.ts";
import { hostRootOf, type ContainerId } from "../../vocabulary/index.ts";
import { isErrno } from "../linux/libc.ts";
import { hostApparmor, type Apparmor } from "./apparmor.ts";
import { configFile, execRun, processFile, runFile } from "./bundle-files.ts";
import type { BundleRequest, Bundles } from "./bundle.ts";
import { CRIU_ANNOTATION, criuFile } from "./criu-settings.ts";
import { defaultSettings, type ContainerSettings } from "./container-settings.ts";
import { copyDefaultMounts } from "./default-mounts.ts";
import { findOnHost } from "./found.ts";
import { hostPaths, type HostPaths } from "./host-paths.ts";
import type { Host } from "./host.ts";
import { checkedWords } from "./spec/args.ts";
import { withTerminal } from "./spec/env.ts";
import { undoOf, updateOf } from "./spec/resource-update.ts";
import type { FoundMount } from "./spec/mounts.ts";
import type { Process, SpecMount } from "./spec/runtime-spec.ts";
import { selinuxLabels, type LabelledRequest } from "./spec/selinux.ts";
import { refuseUnworkable, writeSpec } from "./spec/spec.ts";
import { makeVolumes } from "./spec/volumes.ts";

export interface BundlesOptions {
  readonly bundleDir: string;
  readonly host: Host;
  /** What of the node's settings differs from CRI-O's defaults; read for each container. */
  readonly settings?: Partial<ContainerSettings>;
  /** The file of the profile that RuntimeDefault means; read for each container. */
  readonly seccompProfile?: string;
  readonly paths?: HostPaths;
  readonly mountinfo?: string;
  readonly apparmor?: Apparmor;
}

export const bundles = (options: BundlesOptions): Bundles => {
  const { bundleDir, host, paths = hostPaths(), mountinfo = "/proc/self/mountinfo" } = options;
  const { apparmor = hostApparmor } = options;
  const directory = (id: ContainerId) => join(bundleDir, id);

  const fileLabel = (request: LabelledRequest): string | undefined => selinuxLabels(request, host).mount;
  /** What lies outside of the container's root and its images, whose label is their mount's: the pod's files, copies, volumes that ask. */
  const labelFiles = async (
    request: BundleRequest,
    volumes: readonly FoundMount[],
    copies: readonly SpecMount[],
  ): Promise<void> => {
    const label = fileLabel(request);
    if (label === undefined) return;
    const asked = volumes.filter(({ selinuxRelabel, image }) => selinuxRelabel && !image);
    const { hostname, resolvConf, hosts, shm } = request.files;
    const ofPod = [hostname, resolvConf, hosts, ...(request.sandbox.namespaces.ipc === "node" ? [] : [shm])];
    await paths.label(label, [...ofPod, ...[...asked, ...copies].map(({ source }) => source)]);
  };

  return {
    fileLabel,

    write: async (request) => {
      const { id, config, image, rootfs } = request;
      refuseUnworkable(request);
      const settings = { ...defaultSettings, ...options.settings };
      const { seccompProfile = "/usr/share/containers/seccomp.json" } = options;
      const found = await findOnHost(request, { paths, settings, seccompProfile, mountinfo, host, apparmor });
      const path = directory(id);
      rmSync(path, { recursive: true, force: true }); // with the runtime's log of a creation that failed
      mkdirSync(path, { recursive: true, mode: 0o700 });
      const { userNamespace } = request.sandbox.namespaces;
      const owner = userNamespace ? hostRootOf(userNamespace) : undefined;
      const defaultMounts = await copyDefaultMounts(settings.mountsFiles, path, paths, owner);
      await labelFiles(request, found.volumes, defaultMounts);
      const { spec: written, stopSignal, warnings } = writeSpec(request, { ...found, defaultMounts }, settings, host);
      const { seccomp } = written.linux;
      const filter = seccomp && request.filters?.handBack(id, seccomp);
      const spec = {
        ...written,
        annotations: { [CRIU_ANNOTATION]: criuFile(path), ...written.annotations, ...filter },
      };
      const targets = config.mounts.map(({ containerPath }) => containerPath);
      const lost = makeVolumes(rootfs, image.volumes, targets, found.user, userNamespace);

      put(configFile(path), spec);
      put(processFile(path), spec.process);
      return { path, warnings: [...warnings, ...lost], user: found.user, stopSignal };
    },

    limits: (wanted) => updateOf(wanted, host.cgroup),
    limitsBefore: (before, wanted) => undoOf(before, wanted, host.cgroup),

    writeProcess: async (id, execId, command, tty = false) => {
      const containers = readProcess(directory(id), id);
      const process: Process = {
        ...containers,
        terminal: tty,
        args: checkedWords(command),
        env: tty ? withTerminal(containers.env) : containers.env,
      };
      const file = runFile(directory(id), execRun(execId), "json");
      put(file, process);
      return file;
    },

    removeProcess: async (id, execId) => {
      for (const kind of ["json", "pid", "log"] as const)
        rmSync(runFile(directory(id), execRun(execId), kind), { force: true });
    },

    remove: async (id) => rmSync(directory(id), { recursive: true, force: true }),
  };
};

const put = (file: string, value: object): void => {
  try {
    writeFileSync(file, JSON.stringify(value), { mode: 0o600 });
  } catch (error) {
    throw failedBy(`${file} cannot be written`, error); // the kernel's word for a write has no name in it
  }
};

const readProcess = (bundle: string, id: ContainerId): Process => {
  try {
    const process: Process = JSON.parse(readFileSync(processFile(bundle), "utf8"));
    return process;
  } catch (error) {
    if (isErrno(error, "ENOENT")) throw new NotFound("container", id);
    throw error;
  }
};
