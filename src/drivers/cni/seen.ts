/**
 * What pods have of their networks, for who only looks: notes in libcni's cache with the interfaces that they tell of, addresses
 * of which nobody has a note, plugins at work.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ID_PATTERN, type Thing } from "../../vocabulary/index.ts";
import { readNotes, type Note } from "./attachment-cache.ts";
import { ifName } from "./chain.ts";
import { asArray, asObject, asString } from "./json.ts";
import { isErrno } from "../linux/libc.ts";
import { directoriesIn, namesIn } from "../linux/listing.ts";
import { nameOfProcess, toolsAtWork } from "../linux/tools-at-work.ts";

/** `cacheDir`: /var/lib/cni. */
export const seeNetworks = ({ cacheDir }: { readonly cacheDir: string }): readonly Thing[] => {
  const notes = readNotes(cacheDir, ifName);
  const interfaces = interfacesHere();
  return [
    ...notes.flatMap((note) => thingsOf(note, interfaces)),
    ...leases(cacheDir, namesIn(join(cacheDir, "results"))),
    ...toolsAtWork("environ").flatMap(({ pid, strings }): readonly Thing[] => {
      const variable = new RegExp(`^CNI_CONTAINERID=(${ID_PATTERN})$`);
      const id = strings.map((text) => variable.exec(text)?.[1]).find((found) => found !== undefined);
      return id === undefined ? [] : [{ part: "plugin", what: nameOfProcess(pid), id }];
    }),
  ];
};

const thingsOf = (note: Note, interfaces: ReadonlySet<string>): readonly Thing[] => {
  const { id, path: what } = note;
  if (note.whose === "unknown") return [{ part: "unreadableNote", what, id }];
  const hostEnds = note.attachment ? hostEndsOf(note.attachment) : [];
  return [
    { part: "attachment", what, id },
    ...hostEnds.map((name): Thing => ({ part: interfaces.has(name) ? "interface" : "lostInterface", what: name, id })),
  ];
};

/** Interfaces that the result puts outside of the sandbox, without those that pods share: the configuration names them. */
const hostEndsOf = ({ conflist, result }: NonNullable<Note["attachment"]>): readonly string[] => {
  const shared = new Set(["cni0", ...conflist.plugins.flatMap((plugin) => Object.values(plugin))]);
  return asArray(result?.["interfaces"])
    .map((entry) => asObject(entry))
    .filter((entry) => asString(entry?.["sandbox"]) === "")
    .map((entry) => asString(entry?.["name"]))
    .filter((name) => name !== "" && !shared.has(name));
};

/** Of our network namespace. Not from /sys/class/net, which shows those of whoever mounted it. */
const interfacesHere = (): ReadonlySet<string> => {
  const lines = readFileSync("/proc/thread-self/net/dev", "utf8").split("\n").slice(2);
  return new Set(lines.map((line) => line.split(":", 1)[0]?.trim() ?? ""));
};

/** host-local keeps a file for each address in `networks/NAME`, with the id and the interface on a line each. */
const leases = (cacheDir: string, noted: readonly string[]): readonly Thing[] => {
  const networks = join(cacheDir, "networks");
  return directoriesIn(networks).flatMap((network) =>
    namesIn(join(networks, network))
      .filter((name) => /^[0-9a-f]*[.:][0-9a-f.:]*$/.test(name))
      .flatMap((name): readonly Thing[] => {
        const what = join(networks, network, name);
        const [id = ""] = readIfThere(what).split(/\s/);
        const isNoted = noted.some((note) => note.includes(id));
        return new RegExp(`^${ID_PATTERN}$`).test(id) && !isNoted ? [{ part: "lease", what, id }] : [];
      }),
  );
};

const readIfThere = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return ""; // given back just now
    throw error;
  }
};
