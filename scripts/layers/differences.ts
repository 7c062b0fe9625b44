/** What two ways of unpacking make different of one stack. */
import type { Inode, Tree } from "./tree.ts";
import type { Unpacked } from "./unpackers.ts";

/** `ours` and `theirs` are the field's two values. */
export interface Difference {
  /** As in a tree; "" for a stack that one of the two refused. */
  readonly path: string;
  readonly field: Exclude<keyof Inode, "xattrs"> | "presence" | "refusal" | `xattr ${string}`;
  readonly ours: string;
  readonly theirs: string;
}

const fields = ["type", "mode", "owner", "mtime", "content", "names", "links"] as const;

export const differencesOf = (ours: Unpacked, theirs: Unpacked): readonly Difference[] => {
  if ("refused" in ours || "refused" in theirs) {
    const [one, other] = [ours, theirs].map((unpacked) => ("refused" in unpacked ? unpacked.refused : "unpacked"));
    const both = "refused" in ours && "refused" in theirs;
    return both ? [] : [{ path: "", field: "refusal", ours: one ?? "", theirs: other ?? "" }];
  }
  return differencesOfTrees(ours.tree, theirs.tree);
};

const differencesOfTrees = (ours: Tree, theirs: Tree): readonly Difference[] =>
  [...new Set([...ours.keys(), ...theirs.keys()])].toSorted().flatMap((path) => {
    const [one, other] = [ours.get(path), theirs.get(path)];
    if (one && other) return differencesOfInodes(path, one, other);
    return [{ path, field: "presence", ours: one?.type ?? "absent", theirs: other?.type ?? "absent" }] as const;
  });

/** Of two types nothing else can be compared. */
const differencesOfInodes = (path: string, ours: Inode, theirs: Inode): readonly Difference[] => {
  const different = fields
    .filter((field) => ours[field] !== theirs[field] && (field === "type" || ours.type === theirs.type))
    .map((field) => ({ path, field, ours: ours[field], theirs: theirs[field] }));
  const [one, other] = [xattrsOf(ours), xattrsOf(theirs)];
  const names = [...new Set([...one.keys(), ...other.keys()])].filter((name) => one.get(name) !== other.get(name));
  const told = (value: string | undefined): string => (value === undefined ? "absent" : JSON.stringify(value));
  return [
    ...different,
    ...names.map((name) => ({
      path,
      field: `xattr ${name}` as const,
      ours: told(one.get(name)),
      theirs: told(other.get(name)),
    })),
  ];
};

const xattrsOf = ({ xattrs }: Inode): ReadonlyMap<string, string> =>
  new Map(Object.entries(JSON.parse(xattrs) as Readonly<Record<string, string>>));
