/**
 * One run of a CNI plugin: request on stdin, answer on stdout.
 *
 * A plugin runs in a process group of its own, for it starts others (IPAM, iptables): called off, they all are killed. It is
 * not killed with the daemon: half an ADD is worse than a whole one, and `settle` finds it afterwards.
 */
import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import { TroupeError } from "../../errors.ts";
import { run, type Program, type Ran } from "../linux/run.ts";
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
  const { end, stdout, stderr } = await runOrRefuse(
    call,
    {
      argv: [call.path],
      env: { ...call.env, CNI_COMMAND: call.command },
      input: JSON.stringify(call.request),
      stdout: { keep: outputLimit },
      stderr: { keep: outputLimit },
    },
    signal,
  );
  const [answer, words] = [stdout.bytes.toString(), stderr.bytes.toString()];
  if (signal.aborted) throw calledOff(call, signal.reason, words);
  if (!("code" in end) || end.code !== 0) {
    const ending = "code" in end ? `exit status ${end.code}` : `it was ended by ${end.signal}`;
    throw pluginFailure(call, { stdout: answer, stderr: words, ending });
  }
  if (stdout.cut) throw new PluginFailed(call, `answered more than ${outputLimit} bytes: ${excerpt(answer)}`, {});
  return answer;
};

const runOrRefuse = async (call: PluginCall, program: Program, signal: AbortSignal): Promise<Ran> => {
  try {
    return await run(program, signal);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
    throw new PluginFailed(call, `cannot be run from ${call.path}: ${code}`, { code: "Unavailable", cause });
  }
};
