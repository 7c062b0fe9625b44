/** Containers without the rest of Troupe: a rootfs of busybox, a config.json by hand, and the OCI runtime's command lines. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { LogBounds } from "../../../src/drivers/logs/container-log.ts";
import type { CreateRequest, ExecRequest } from "../../../src/drivers/monitor/monitor.ts";
import type { ContainerId, ExecId } from "../../../src/vocabulary/index.ts";

export type RuntimeName = "crun" | "runc";

const programs: Readonly<Record<RuntimeName, string>> = { crun: "/usr/bin/crun", runc: "/usr/sbin/runc" };
const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };

export interface Plan {
  readonly command: readonly string[];
  readonly runtime?: RuntimeName;
  readonly memoryBytes?: number;
  readonly boundMs?: number;
  readonly log?: boolean;
  readonly logBounds?: LogBounds;
  readonly stdin?: boolean;
  /** It has a terminal, which is handed over there. */
  readonly console?: (id: ContainerId) => string;
  /** A pid whose process namespace it joins. */
  readonly inside?: number | undefined;
}

export class PlainContainer {
  readonly id = randomBytes(32).toString("hex") as ContainerId;
  readonly bundle: string;
  readonly logPath: string;
  readonly request: CreateRequest;
  readonly #base: readonly [string, ...string[]];

  constructor(directory: string, plan: Plan) {
    const { runtime = "crun", boundMs = 20_000, log = true, stdin = false, console } = plan;
    this.bundle = join(directory, this.id);
    this.logPath = join(directory, "logs", `${this.id}.log`);
    const bin = join(this.bundle, "rootfs", "bin");
    for (const name of ["bin", "dev", "proc"]) mkdirSync(join(this.bundle, "rootfs", name), { recursive: true });
    copyFileSync("/usr/bin/busybox", join(bin, "busybox"));
    for (const name of ["sh", "sleep", "true", "cat"]) symlinkSync("busybox", join(bin, name));
    writeFileSync(join(this.bundle, "config.json"), JSON.stringify(configuration(this.id, plan)));
    this.#base = [programs[runtime], "--root", join(directory, "state"), "--log-format", "json"];
    this.request = {
      id: this.id,
      argv: [
        ...this.#base,
        "--log",
        join(this.bundle, "log"),
        "create",
        "--bundle",
        this.bundle,
        "--pid-file",
        join(this.bundle, "pid"),
        ...(console ? ["--console-socket", console(this.id)] : []),
        this.id,
      ],
      env,
      cwd: this.bundle,
      stdin,
      terminal: console !== undefined,
      pidFile: join(this.bundle, "pid"),
      runtimeLog: join(this.bundle, "log"),
      boundMs,
      watchOom: true,
      ...(log && { logPath: this.logPath, ...(plan.logBounds && { logBounds: plan.logBounds }) }),
    };
  }

  exec(command: readonly string[], stdout: string, stderr: string, stdin?: string): ExecRequest {
    const execId = randomBytes(16).toString("hex") as ExecId;
    const file = (name: string): string => join(this.bundle, `${execId}.${name}`);
    writeFileSync(file("json"), JSON.stringify({ ...process1(command), cwd: "/" }));
    return {
      execId,
      containerId: this.id,
      argv: [
        ...this.#base,
        "--log",
        file("log"),
        "exec",
        "--detach",
        "--process",
        file("json"),
        "--pid-file",
        file("pid"),
        this.id,
      ],
      env,
      cwd: this.bundle,
      pidFile: file("pid"),
      runtimeLog: file("log"),
      boundMs: 20_000,
      stdout,
      stderr,
      ...(stdin !== undefined && { stdin }),
    };
  }

  start(): void {
    this.#run("start", this.id);
  }

  kill(signal: string): void {
    this.#run("kill", this.id, signal);
  }

  /** Every process of it. */
  killAll(signal: string): void {
    this.#run("kill", "--all", this.id, signal);
  }

  /** With everything it left; nothing there is fine. */
  delete(): void {
    this.#run("delete", "--force", this.id);
    rmSync(this.bundle, { recursive: true, force: true });
    removeCgroupParents();
  }

  /** The records of its log, or none. */
  get log(): string[] {
    return existsSync(this.logPath) ? readFileSync(this.logPath, "utf8").split("\n").slice(0, -1) : [];
  }

  /** What it wrote, put together again from the records. */
  get output(): string {
    const parts = this.log.map((record) => /^\S{30} std(?:out|err) ([FP]) ([^]*)$/.exec(record));
    return parts.map((part) => `${part?.[2] ?? "(broken record)"}${part?.[1] === "P" ? "" : "\n"}`).join("");
  }

  #run(...args: readonly string[]): void {
    const [program, ...base] = this.#base;
    execFileSync(program, [...base, ...args], { env, stdio: ["ignore", "ignore", "pipe"] });
  }
}

/** The cgroup of all plain containers, in each hierarchy that has it: on v1 a directory for each controller. */
const cgroupParents = (): string[] =>
  ["", ...readdirSync("/sys/fs/cgroup")]
    .map((hierarchy) => join("/sys/fs/cgroup", hierarchy, "plain"))
    .filter(existsSync);

/** Where no container is in them any more: an OCI runtime leaves them also of one that it could not make. */
export const removeCgroupParents = (): void => {
  for (const parent of cgroupParents())
    if (readdirSync(parent, { withFileTypes: true }).every((one) => !one.isDirectory())) rmdirSync(parent);
};

const process1 = (command: readonly string[]) => ({
  user: { uid: 0, gid: 0 },
  args: command,
  env: ["PATH=/bin"],
  cwd: "/",
  noNewPrivileges: true,
});

const devpts = {
  destination: "/dev/pts",
  type: "devpts",
  source: "devpts",
  options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"],
};

const configuration = (id: string, { command, memoryBytes, inside, console }: Plan) => ({
  ociVersion: "1.0.2",
  process: { ...process1(command), terminal: console !== undefined },
  root: { path: "rootfs" },
  hostname: "plain",
  mounts: [
    { destination: "/proc", type: "proc", source: "proc" },
    // Not in the rootfs itself, which may lie where devices do not work: systemd mounts /run so.
    { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"] },
    ...(console ? [devpts] : []),
  ],
  linux: {
    cgroupsPath: `/plain/${id}`,
    namespaces: [
      { type: "pid", ...(inside !== undefined && { path: `/proc/${inside}/ns/pid` }) },
      ...["ipc", "uts", "mount", "network"].map((type) => ({ type })),
    ],
    resources: {
      devices: [{ allow: true, access: "rwm" }], // on cgroup v2 runc denies them all without a word of ours
      ...(memoryBytes !== undefined && { memory: { limit: memoryBytes, swap: memoryBytes } }),
    },
  },
});
