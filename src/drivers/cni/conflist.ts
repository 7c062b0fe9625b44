/** A CNI network configuration list (CNI spec 1.1.0, section 1), parsed as little as possible: plugins know more keys than we. */
import { Invalid } from "../../errors.ts";
import { asArray, asObject, asString, excerpt, parseObject, type JsonObject } from "./json.ts";

export interface Conflist {
  readonly name: string;
  /** The one that is spoken: of those that the list offers, the highest that Troupe knows. */
  readonly cniVersion: string;
  readonly plugins: readonly JsonObject[];
  /** False: plugins are also read from the directory of the network's name. */
  readonly onlyInlined: boolean;
}

/** Oldest first. */
const knownVersions = ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"];

/** Whether the version that a network speaks is `wanted` or newer. */
export const speaks = ({ cniVersion }: Conflist, wanted: string): boolean =>
  knownVersions.indexOf(cniVersion) >= knownVersions.indexOf(wanted);

/** libcni: without a version, the first one is meant. */
const chooseVersion = (list: JsonObject): string => {
  const offered = [...asArray(list["cniVersions"]).map(asString), asString(list["cniVersion"])].filter(Boolean);
  if (offered.length === 0) return "0.1.0";
  const chosen = knownVersions.findLast((version) => offered.includes(version));
  if (chosen === undefined) throw new Invalid(`no cniVersion that this runtime speaks: ${offered.join(", ")}`);
  return chosen;
};

/** The name becomes part of file names. */
const checkName = (name: string): string => {
  if (!/^[a-zA-Z0-9][\w.-]*$/.test(name)) throw new Invalid(`network name ${excerpt(name)} is missing or not allowed`);
  return name;
};

/** The type becomes the name of a program. */
const checkPlugin = (plugin: JsonObject | undefined): JsonObject => {
  const type = asString(plugin?.["type"]);
  if (plugin === undefined || type === "" || type.includes("/"))
    throw new Invalid(`plugin ${excerpt(JSON.stringify(plugin) ?? "")} has no "type" that names a program`);
  return plugin;
};

const readBoolean = (list: JsonObject, key: string): boolean => {
  const value = list[key];
  if (value === undefined || value === false || value === "false") return false;
  if (value === true || value === "true") return true;
  throw new Invalid(`"${key}" is neither true nor false: ${excerpt(JSON.stringify(value))}`);
};

const parse = (text: string): JsonObject => {
  try {
    return parseObject(text);
  } catch (error) {
    throw new Invalid(error instanceof Error ? error.message : String(error), error);
  }
};

/** A `.conflist`. Throws Invalid. */
export const parseConflist = (text: string): Conflist => {
  const list = parse(text);
  const onlyInlined = readBoolean(list, "loadOnlyInlinedPlugins");
  if (onlyInlined && list["plugins"] === undefined)
    throw new Invalid(`"loadOnlyInlinedPlugins" is true, and there are no "plugins"`);
  return {
    name: checkName(asString(list["name"])),
    cniVersion: chooseVersion(list),
    plugins: asArray(list["plugins"]).map((plugin) => checkPlugin(asObject(plugin))),
    onlyInlined,
  };
};

/** One plugin: a file of the network's own directory. Throws Invalid. */
export const parsePlugin = (text: string): JsonObject => checkPlugin(parse(text));

/** A `.conf` or `.json` in the configuration directory: the form before lists, one plugin that is also the network. Throws Invalid. */
export const parseLonePlugin = (text: string): Conflist => {
  const plugin = parsePlugin(text);
  const name = checkName(asString(plugin["name"]));
  return { name, cniVersion: chooseVersion(plugin), plugins: [plugin], onlyInlined: true };
};

/** The whole network as one list that needs no other file: what a DEL will use, whatever the directory says by then. */
export const conflistText = ({ name, cniVersion, plugins }: Conflist): string =>
  JSON.stringify({ cniVersion, name, loadOnlyInlinedPlugins: true, plugins });
