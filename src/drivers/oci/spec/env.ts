/**
 * The environment of a container: our defaults, the node's, the image's, the pod's, its devices'; a later one takes the place
 * of an earlier one.
 *
 * CRI 1.37 gives values as bytes, but runtime-spec has them in JSON, which is text: bytes that are no UTF-8 could only be
 * passed on altered. So they are refused by name.
 */
import { Invalid, quoted } from "../../../errors.ts";
import type { ContainerConfig, ImageConfig } from "../../../vocabulary/index.ts";

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Variables that are neither the pod's nor the image's, `KEY=value`. */
export interface NodeVariables {
  /** Of the node's settings: image and pod come before them. */
  readonly defaults: readonly string[];
  /** Of the devices: they come before image and pod. */
  readonly devices: readonly string[];
}

/** `KEY=value` in the order of first mention. Throws Invalid, naming the variable. HOME is the OCI runtime's to set. */
export const env = (
  { envs, tty }: Pick<ContainerConfig, "envs" | "tty">,
  image: Pick<ImageConfig, "env">,
  hostname: string,
  node: NodeVariables = { defaults: [], devices: [] },
): readonly string[] => {
  const variables = new Map([
    ["PATH", DEFAULT_PATH],
    ["HOSTNAME", hostname],
  ]);
  if (tty) variables.set("TERM", "xterm");
  for (const [key, value] of node.defaults.map(split)) variables.set(key, value);
  for (const [key, value] of image.env.map(split)) variables.set(key, value);
  for (const { key, value } of envs) variables.set(checkedKey(key), decode(key, value));
  for (const [key, value] of node.devices.map(split)) variables.set(key, value);
  return [...variables].map(([key, value]) => `${key}=${value}`);
};

/** What a program at a terminal is to know of it, unless the container has it otherwise. */
export const withTerminal = (env: readonly string[]): readonly string[] =>
  env.some((variable) => variable.startsWith("TERM=")) ? env : [...env, "TERM=xterm"];

/** Old builders wrote a variable without a value as its name alone. */
const split = (entry: string): [string, string] => {
  const at = entry.indexOf("=");
  return at < 0 ? [entry, ""] : [entry.slice(0, at), entry.slice(at + 1)];
};

const checkedKey = (key: string): string => {
  if (key === "" || /[=\0]/.test(key))
    throw new Invalid(`environment variable ${quoted(key)} has a name that no program can be given`);
  return key;
};

const decode = (key: string, value: Uint8Array): string => {
  if (value.includes(0)) throw new Invalid(`environment variable ${quoted(key)} has a NUL byte in its value`);
  try {
    return utf8.decode(value);
  } catch (error) {
    throw new Invalid(
      `environment variable ${quoted(key)} has a value that is not UTF-8, which an OCI runtime cannot be given`,
      error,
    );
  }
};
