/**
 * Reads `hooks_dir`: a directory of JSON files by oci-hooks(5), schema 1.0.0. They are the operator's, local, and read anew for each
 * container. One that cannot be understood stops creations: what it is there for (a device, a rule) would be missing in silence.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Unavailable } from "../../errors.ts";
import { isErrno } from "../linux/libc.ts";
import type { HookDefinition } from "./spec/hooks.ts";
import { hookStages, type Hook, type HookStage } from "./spec/runtime-spec.ts";

/** In the order in which they are to run; a later directory masks files of an earlier one. Throws Unavailable, naming the file. */
export const hookDefinitions = (directories: readonly string[]): readonly HookDefinition[] => {
  const files = new Map(
    directories.flatMap((directory) => namesIn(directory).map((name) => [name, join(directory, name)])),
  );
  return [...files]
    .toSorted(([one], [other]) => compare(one.toLowerCase(), other.toLowerCase()))
    .map(([, file]) => definitionIn(file));
};

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

const namesIn = (directory: string): string[] => {
  try {
    return readdirSync(directory).filter((name) => name.endsWith(".json"));
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
};

const definitionIn = (file: string): HookDefinition => {
  try {
    return definition(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Unavailable(`the OCI hook ${file} cannot be used: ${reason}; mend the file or move it away`, error);
  }
};

type Json = Readonly<Record<string, unknown>>;

const definition = (value: unknown): HookDefinition => {
  const { version, hook, when, stages } = table("it", value);
  if (version !== "1.0.0") throw new Error(`its version is ${JSON.stringify(version)}, which is not "1.0.0"`);
  const { always, annotations = {}, commands = [], hasBindMounts } = table("when", when);
  return {
    hook: hookOf(table("hook", hook)),
    stages: texts("stages", stages).map(stageOf),
    when: {
      ...(always !== undefined && { always: truth("when.always", always) }),
      ...(hasBindMounts !== undefined && { hasBindMounts: truth("when.hasBindMounts", hasBindMounts) }),
      annotations: Object.entries(table("when.annotations", annotations)).map(([name, text]) => [
        expression(name),
        expression(String(text)),
      ]),
      commands: texts("when.commands", commands).map(expression),
    },
  };
};

const hookOf = ({ path, args, env, timeout }: Json): Hook => {
  if (typeof path !== "string" || !path.startsWith("/")) throw new Error("hook.path is no absolute path");
  statSync(path); // its words name the path
  if (timeout !== undefined && !(Number.isInteger(timeout) && Number(timeout) > 0))
    throw new Error("hook.timeout is no number of seconds");
  return {
    path,
    ...(args !== undefined && { args: texts("hook.args", args) }),
    ...(env !== undefined && { env: texts("hook.env", env) }),
    ...(timeout !== undefined && { timeout: Number(timeout) }),
  };
};

const stageOf = (word: string): HookStage => {
  const stage = hookStages.find((one) => one === word);
  if (!stage) throw new Error(`"${word}" is no stage; there are ${hookStages.join(", ")}`);
  return stage;
};

const table = (name: string, value: unknown): Json => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`${name} is no object`);
  return value as Json;
};

const texts = (name: string, value: unknown): readonly string[] => {
  if (!Array.isArray(value) || value.some((one) => typeof one !== "string"))
    throw new Error(`${name} is no list of strings`);
  return value;
};

const truth = (name: string, value: unknown): boolean => {
  if (typeof value !== "boolean") throw new Error(`${name} is neither true nor false`);
  return value;
};

/** Named classes of POSIX, which JavaScript's expressions lack. */
const classes: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  blank: " \\t",
  digit: "0-9",
  lower: "a-z",
  space: "\\s",
  upper: "A-Z",
  xdigit: "0-9A-Fa-f",
};

/** A POSIX extended regular expression, as far as JavaScript reads them alike. */
const expression = (text: string): RegExp =>
  new RegExp(text.replace(/\[:([a-z]+):\]/g, (whole, name: string) => classes[name] ?? whole));
