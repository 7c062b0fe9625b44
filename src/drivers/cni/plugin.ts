/**
 * One run of a CNI plugin: request on stdin, answer on stdout.
 *
 * A plugin runs in a process group of its own, for it starts others (IPAM, iptables): called off, they all are killed. It is
 * not killed with the daemon: half an ADD is worse than a whole one, and `settle` finds it afterwards.
 */
import { execa } from "execa";
import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { TroupeError } from "../../errors.ts";
import { isErrno } from "../linux/libc.ts";
import { asString, excerpt, type JsonObject } from "./json.ts";
import { PluginFailed, pluginFailure } from "./plugin-failed.ts";

export interface PluginCall {
  readonly plugin: string;
  readonly path: string;
  readonly command: "ADD" | "DEL" | "STATUS" | "VERSION";
  /** The whole environment but CNI_COMMAND. */
  readonly env: Readonly<Record<string, string>>;
  readonly request: JsonObject;
}

const outputLimit = 1 << 20;
/** A plugin's descendant may hold its pipes open for ever: so long after the plugin's own exit nobody listens any more. */
const lingerMs = 1000;

/** The program of a plugin: the first executable of that name. */
export const findPlugin = async (plugin: JsonObject, dirs: readonly string[]): Promise<string | undefined> => {
  for (const dir of dirs) {
    const path = join(dir, asString(plugin["type"]));
    const there = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (there) return path;
  }
  return undefined;
};

const collect = (stream: Readable): { text(): string; full(): boolean } => {
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on("data", (chunk: Buffer) => {
    if (length <= outputLimit) chunks.push(chunk);
    length += chunk.length;
  });
  stream.on("error", () => {}); // destroyed by us: what came so far is what there is
  return { text: () => Buffer.concat(chunks).toString(), full: () => length > outputLimit };
};

const killGroup = (pid: number | undefined): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!isErrno(error, "ESRCH")) throw error;
  }
};

const calledOff = (call: PluginCall, reason: unknown, stderr: string): PluginFailed => {
  const code = reason instanceof TroupeError ? reason.code : "Cancelled";
  const why = reason instanceof Error ? reason.message : String(reason);
  return new PluginFailed(call, `was called off in ${call.command} and killed: ${why}`, {
    code,
    stderr,
    cause: reason,
  });
};

/** Answers stdout. Throws PluginFailed; after `signal` no process of the plugin's group is left when it does. */
export const runPlugin = async (call: PluginCall, signal: AbortSignal): Promise<string> => {
  signal.throwIfAborted();
  const child = execa(call.path, [], {
    detached: true,
    cwd: "/",
    env: { ...call.env, CNI_COMMAND: call.command },
    extendEnv: false,
    input: JSON.stringify(call.request),
    buffer: false,
    reject: false,
  });
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const kill = (): void => killGroup(child.pid);
  signal.addEventListener("abort", kill, { once: true });
  let lingering: NodeJS.Timeout | undefined;
  child.nodeChildProcess.once("exit", () => {
    lingering = setTimeout(() => {
      child.stdout.destroy();
      child.stderr.destroy();
    }, lingerMs);
  });
  const { exitCode, signal: killedBy, code, cause } = await child;
  clearTimeout(lingering);
  signal.removeEventListener("abort", kill);

  if (signal.aborted) throw calledOff(call, signal.reason, stderr.text());
  if (exitCode === undefined && killedBy === undefined)
    throw new PluginFailed(call, `cannot be run from ${call.path}: ${code ?? "unknown error"}`, {
      code: "Unavailable",
      cause,
    });
  if (exitCode !== 0) {
    const ending = killedBy === undefined ? `exit status ${exitCode}` : `it was ended by ${killedBy}`;
    throw pluginFailure(call, { stdout: stdout.text(), stderr: stderr.text(), ending });
  }
  if (stdout.full())
    throw new PluginFailed(call, `answered more than ${outputLimit} bytes: ${excerpt(stdout.text())}`, {});
  return stdout.text();
};
