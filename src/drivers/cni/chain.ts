/** The plugins of one network, called one after the other (CNI spec, section 3). */
import { Failed, Unavailable } from "../../errors.ts";
import { nothingKept, questionTo, type Answers } from "../linux/answers.ts";
import type { SandboxId } from "../../vocabulary/index.ts";
import type { Attachment } from "./attachment-cache.ts";
import { runtimeConfig } from "./capabilities.ts";
import { formatArgs } from "./cni-args.ts";
import { speaks, type Conflist } from "./conflist.ts";
import { asArray, asString, excerpt, parseObject, type JsonObject } from "./json.ts";
import type { TellPlugin } from "./network.ts";
import { pluginCodes, PluginFailed } from "./plugin-failed.ts";
import { findPlugin, runPlugin, type PluginCall } from "./plugin.ts";

export interface PluginPlaces {
  readonly pluginDirs: readonly string[];
  /** PATH of the plugins: they look for iptables and nft there. */
  readonly searchPath: string;
  /** What they said since the last boot; absent: they are asked. */
  readonly answers?: Answers;
}

export const ifName = "eth0";

const call = async (
  { pluginDirs, searchPath }: PluginPlaces,
  command: PluginCall["command"],
  plugin: JsonObject,
  env: Readonly<Record<string, string>>,
  request: JsonObject,
  signal: AbortSignal,
  tell?: TellPlugin,
): Promise<string> => {
  const name = asString(plugin["type"]);
  tell?.(`plugin ${name}, ${command}`);
  const path = await findPlugin(plugin, pluginDirs);
  if (path === undefined) throw new Unavailable(`CNI plugin "${name}" is in none of ${pluginDirs.join(", ")}`);
  const full = { PATH: searchPath, CNI_PATH: pluginDirs.join(":"), ...env };
  return runPlugin({ plugin: name, path, command, env: full, request }, signal);
};

const attachmentEnv = ({ id, netns, cniArgs }: Attachment): Readonly<Record<string, string>> => ({
  CNI_CONTAINERID: id,
  CNI_NETNS: netns,
  CNI_IFNAME: ifName,
  CNI_ARGS: formatArgs(cniArgs),
});

/** A plugin's own object, with the name and version of the list. */
const requestFor = (
  { name, cniVersion }: Conflist,
  plugin: JsonObject,
  args: JsonObject,
  prevResult: JsonObject | undefined,
): JsonObject => ({
  ...plugin,
  name,
  cniVersion,
  runtimeConfig: runtimeConfig(plugin, args),
  prevResult,
});

const parseAnswer = (plugin: JsonObject, command: string, stdout: string): JsonObject => {
  try {
    return parseObject(stdout);
  } catch (error) {
    const answer = stdout.trim() === "" ? "nothing" : excerpt(stdout);
    const name = asString(plugin["type"]);
    throw new Failed(`CNI plugin "${name}" answered ${answer} to ${command}, which is no JSON object`, error);
  }
};

/** ADD of each plugin in order, each with the result of the one before; answers the last one's. */
export const addChain = async (
  places: PluginPlaces,
  attachment: Attachment,
  signal: AbortSignal,
  tell?: TellPlugin,
): Promise<JsonObject> => {
  const { conflist, capabilityArgs } = attachment;
  let result: JsonObject | undefined;
  for (const plugin of conflist.plugins) {
    const request = requestFor(conflist, plugin, capabilityArgs, result);
    const stdout = await call(places, "ADD", plugin, attachmentEnv(attachment), request, signal, tell);
    result = parseAnswer(plugin, "ADD", stdout);
  }
  return result ?? {};
};

/** DEL in reverse order, each with the final result of the ADDs. The first failure ends it: what it holds, others may need. */
export const delChain = async (
  places: PluginPlaces,
  attachment: Attachment,
  signal: AbortSignal,
  tell?: TellPlugin,
): Promise<void> => {
  const { conflist, capabilityArgs, result } = attachment;
  const prevResult = speaks(conflist, "0.4.0") ? result : undefined;
  for (const plugin of conflist.plugins.toReversed()) {
    const request = requestFor(conflist, plugin, capabilityArgs, prevResult);
    try {
      await call(places, "DEL", plugin, attachmentEnv(attachment), request, signal, tell);
    } catch (error) {
      if (!(error instanceof PluginFailed && error.pluginCode === pluginCodes.unknownContainer)) throw error;
    }
  }
};

/** STATUS of each plugin; throws what keeps the network from taking pods. Only for lists of version 1.1.0 and later. */
export const statusOf = async (places: PluginPlaces, conflist: Conflist, signal: AbortSignal): Promise<void> => {
  for (const plugin of conflist.plugins)
    try {
      await call(places, "STATUS", plugin, {}, requestFor(conflist, plugin, {}, undefined), signal);
    } catch (error) {
      // Plugins that do not know STATUS complain about their environment.
      if (!(error instanceof PluginFailed && error.pluginCode === pluginCodes.badEnvironment)) throw error;
    }
};

// Old plugins look at these before they look at the command.
const versionEnv = { CNI_CONTAINERID: "dummy", CNI_NETNS: "dummy", CNI_IFNAME: "dummy" };

/** Throws, naming it, the plugin that is missing or does not speak the network's version. */
export const checkPlugins = async (places: PluginPlaces, conflist: Conflist, signal: AbortSignal): Promise<void> => {
  for (const plugin of conflist.plugins) {
    const path = await findPlugin(plugin, places.pluginDirs);
    const question = path === undefined ? undefined : questionTo(path, `VERSION ${conflist.cniVersion}`);
    const { answers = nothingKept } = places;
    await answers.to(question, () => spokenBy(places, plugin, conflist, signal));
  }
};

/** The network's version, which this plugin speaks, or it throws. */
const spokenBy = async (
  places: PluginPlaces,
  plugin: JsonObject,
  { cniVersion }: Conflist,
  signal: AbortSignal,
): Promise<string> => {
  const stdout = await call(places, "VERSION", plugin, versionEnv, { cniVersion }, signal);
  const versions = asArray(parseAnswer(plugin, "VERSION", stdout)["supportedVersions"]).map(asString);
  if (versions.includes(cniVersion)) return cniVersion;
  throw new Failed(
    `CNI plugin "${asString(plugin["type"])}" does not speak version ${cniVersion}, only ${versions.join(", ")}`,
  );
};

/** What is owed for a sandbox of which no cache tells: a DEL by today's configuration. */
export const unknownAttachment = (id: SandboxId, conflist: Conflist, netns: string): Attachment => ({
  id,
  conflist,
  netns,
  cniArgs: [
    ["IgnoreUnknown", "1"],
    ["K8S_POD_INFRA_CONTAINER_ID", id],
  ],
  capabilityArgs: {},
});
