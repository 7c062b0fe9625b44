/**
 * A rootfs of busybox, a bundle directory and an OCI runtime in a directory of their own, and the monitor's part in few lines:
 * it runs the composed command lines. A container's stdout is a pipe, so its end is seen without asking.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { cgroups } from "../../../../src/drivers/cgroup/host-cgroups.ts";
import { bundles } from "../../../../src/drivers/oci/bundle-directory.ts";
import type { BundleRequest } from "../../../../src/drivers/oci/bundle.ts";
import { readHost } from "../../../../src/drivers/oci/host.ts";
import { probeRuntimes } from "../../../../src/drivers/oci/probe.ts";
import { explainRuntimeFailure } from "../../../../src/drivers/oci/runtime-failure.ts";
import { lastError } from "../../../../src/drivers/oci/runtime-log.ts";
import type { CommandLine, OciRuntime } from "../../../../src/drivers/oci/runtime.ts";
import { fromFailure } from "../../../../src/errors.ts";
import type { ContainerId } from "../../../../src/vocabulary/index.ts";
import { bundleRequest, checkpointPlaces, containerId } from "./builders.ts";

export const never = new AbortController().signal;

/** What a program that the OCI runtime started writes to stdout, whole when it has ended. */
export interface Started {
  readonly pid: number;
  readonly output: Promise<string>;
}

export type Workbench = Awaited<ReturnType<typeof workbench>>;

export const workbench = async (handler: string) => {
  const dir = mkdtempSync("/tmp/troupe-oci-");
  const at = (name: string) => join(dir, name);
  const host = cgroups({ driver: "cgroupfs" });
  const probed = () =>
    probeRuntimes([{ name: handler }], {
      hybridControllers: host.facts.hybridControllers,
      dir: at("oci"),
      logDir: at("log"),
      bundleDir: at("bundles"),
      filterDir: at("filters"),
      systemdCgroup: false,
      checkpoints: checkpointPlaces(dir),
    });
  /** The runtime as a daemon finds it at its start, with all that an earlier one left. */
  const later = async (): Promise<OciRuntime> => {
    const { usable, unusable } = await probed();
    const [runtime] = usable;
    assert.ok(runtime, unusable[0]?.reason ?? "no runtime");
    return runtime;
  };
  const runtime = await later();
  const store = bundles({ bundleDir: at("bundles"), host: readHost(host.facts) });
  const files = sandboxFiles(at("sandbox"));
  const ids = new Set<ContainerId>();

  const request = (name: string, overrides: Partial<BundleRequest> = {}): BundleRequest => {
    const id = containerId(name);
    ids.add(id);
    const rootfs = at(`rootfs-${name}`);
    makeRootfs(rootfs);
    const cgroupsPath = host.cgroupsPath("", id);
    return bundleRequest({
      id,
      rootfs,
      files,
      cgroupsPath,
      features: runtime.features,
      filters: runtime.filters,
      ...overrides,
    });
  };

  /** Writes the bundle and creates the container; rejects as the daemon would, with the runtime's words explained. */
  const create = async (wanted: BundleRequest): Promise<Started> => {
    await store.write(wanted);
    return run(runtime.create(wanted.id));
  };

  const dispose = async (): Promise<void> => {
    for (const id of ids) {
      await runtime.delete(id, never);
      await host.remove(host.cgroupsPath("", id));
    }
    await host.removeParent("");
    assert.deepEqual(readdirSync(at("log")), [], "a runtime log was left behind");
    const known = readdirSync(at(`oci/${handler}`)).filter((name) => name !== ".cache"); // crun's own, of seccomp filters
    assert.deepEqual(known, [], "the runtime knows a container yet");
    for (const hierarchy of host.facts.hierarchies) assert.equal(existsSync(join(hierarchy, "troupe")), false);
    rmSync(dir, { recursive: true });
  };

  return { dir, at, cgroups: host, runtime, later, store, request, create, run, dispose };
};

/** Runs a composed command line to its end, as the monitor does: the group of its own, stdout a pipe that outlives it. */
const run = async (line: CommandLine): Promise<Started> => {
  const [file, ...parameters] = line.argv;
  const { env, cwd } = line;
  // Never /dev/null as stdin: crun's exec would give the host's own to the container's user.
  const child = spawn(file, parameters, { env: { ...env }, cwd, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end();
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  const output = once(child.stdout, "end").then(() => Buffer.concat(chunks).toString());
  const [code] = await once(child, "exit");
  if (code !== 0) throw fromFailure(explainRuntimeFailure(lastError(readFileSync(line.runtimeLog, "utf8"))));
  return { pid: Number(readFileSync(line.pidFile, "utf8")), output };
};

const makeRootfs = (rootfs: string): void => {
  for (const name of ["bin", "etc", "proc", "sys", "dev", "tmp"]) mkdirSync(join(rootfs, name), { recursive: true });
  copyFileSync("/usr/bin/busybox", join(rootfs, "bin/busybox"));
  for (const applet of [
    "sh",
    "sleep",
    "cat",
    "id",
    "env",
    "pwd",
    "grep",
    "ls",
    "touch",
    "hostname",
    "mount",
    "echo",
    "true",
  ])
    linkSync(join(rootfs, "bin/busybox"), join(rootfs, `bin/${applet}`));
  writeFileSync(join(rootfs, "etc/passwd"), "root:x:0:0::/root:/bin/sh\nana:x:1000:1000::/home/ana:/bin/sh\n");
  writeFileSync(join(rootfs, "etc/group"), "root:x:0:\nana:x:1000:\naudio:x:29:ana\n");
};

const sandboxFiles = (dir: string): BundleRequest["files"] => {
  const shm = join(dir, "shm");
  mkdirSync(shm, { recursive: true });
  const file = (name: string, content: string) => {
    writeFileSync(join(dir, name), content);
    return join(dir, name);
  };
  return {
    hostname: file("hostname", "web\n"),
    resolvConf: file("resolv.conf", "nameserver 192.0.2.1\n"),
    hosts: file("hosts", "127.0.0.1 localhost\n"),
    shm,
  };
};
