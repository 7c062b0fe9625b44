/**
 * Draws stacks of layers. Few names and many kinds, so that entries meet: one over another, in one layer or across layers, below
 * what was hidden, through links. What most layers hold is drawn most.
 */
import { numbersFrom } from "../../spec/support/seeded.ts";
import { sparseForms, type Sparse } from "../../spec/support/tar-sparse.ts";
import { Books, kindsShown, type Kind } from "./books.ts";
import type { Entry, Stack } from "./entry.ts";

type Chance = (below: number) => number;

/** Bytes as latin1: UTF-8 with an accent, what is no UTF-8, a newline, names that only extensions can hold. */
const names = [
  "a",
  "b",
  "c",
  "d",
  "lib",
  "x y",
  "\xc3\xbc",
  "f\xff\xfe",
  "n\nl",
  ".wharf",
  "l".repeat(90),
  "m".repeat(200),
];
const modes = [0o644, 0o755, 0o600, 0o4755, 0o2755, 0o1777, 0, 0o7777, 0o6111];
const owners = [0, 0, 1, 1000, 65_534, 2_097_151, 2_097_152, 3_000_000_000, 4_294_967_294];
const times = [0, 1, 1_600_000_000, 2_147_483_648, 8_589_934_591, -5];
const capability = "\x01\0\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/** The same for the same seed. */
export const drawStack = (seed: number): Stack => {
  const chance = numbersFrom(seed);
  const books = new Books();
  return Array.from({ length: 1 + chance(4) }, (_, index) => {
    books.nextLayer();
    return Array.from({ length: 2 + chance(index === 0 ? 14 : 9) }, () => drawEntry(chance, books));
  });
};

const pick = <Item>(chance: Chance, items: readonly Item[]): Item => items[chance(items.length)] as Item;

/** Most parents are directories; some were never named, some are links of this very layer, hardly any are files. */
const drawParent = (chance: Chance, books: Books): string => {
  const number = chance(200);
  const directory = pick(chance, books.all("directory", { own: false }));
  const doors = books.all("door", { own: true });
  const files = books.all("file", { own: false });
  const unnamed = below(directory, pick(chance, names));
  if (number < 24) return books.has(unnamed) ? directory : unnamed;
  if (number < 32) return doors.length > 0 ? pick(chance, doors) : directory;
  if (number < 33 && files.length > 0) return pick(chance, files);
  return directory;
};

const below = (directory: string, name: string): string => (directory === "" ? name : `${directory}/${name}`);

type Drawn = Partial<Entry> & { readonly kind?: Kind };

const kinds: readonly (readonly [weight: number, draw: (chance: Chance, path: string, books: Books) => Drawn])[] = [
  [
    28,
    (chance) => ({
      type: pick(chance, ["0", "0", "0", "7"]),
      content: "content ".repeat(chance(3) === 0 ? 200 : chance(4)),
    }),
  ],
  [20, () => ({ type: "5", kind: "directory" })],
  [9, (chance, path, books) => drawSymlink(chance, path, books)],
  [10, (chance, path, books) => hardLink(chance, path, books)],
  [3, () => ({ type: "6" })],
  [4, (chance) => drawDevice(chance)],
  [6, (chance) => ({ type: "0", sparse: { ...drawSparse(chance), form: pick(chance, sparseForms) } })],
];

const drawEntry = (chance: Chance, books: Books): Entry => {
  const number = chance(100);
  if (number < 11) return drawWhiteout(chance, books);
  if (number < 14) return drawOpaque(chance, books);
  if (number < 16) return { ...attributes(chance), name: "./", type: "5" };
  const parent = drawParent(chance, books);
  const path = below(parent, pick(chance, names));
  let ticket = chance(kinds.reduce((total, [weight]) => total + weight, 0));
  const [, draw] = kinds.find(([weight]) => (ticket -= weight) < 0) ?? kinds[0]!;
  const { kind = "file", ...drawn } = draw(chance, path, books);
  books.put(path, kind);
  const name = `${pick(chance, ["", "", "", "./", "/"])}${path}${kind === "directory" ? "/" : ""}`;
  return { ...attributes(chance), type: "0", ...drawn, name };
};

const drawWhiteout = (chance: Chance, books: Books): Entry => {
  const shown = kindsShown.flatMap((kind) => books.all(kind, { own: false })).filter(Boolean);
  const parent = pick(chance, books.all("directory", { own: false }));
  const path = shown.length > 0 && chance(10) > 0 ? pick(chance, shown) : below(parent, pick(chance, names));
  books.hide(path);
  const at = path.lastIndexOf("/") + 1;
  return { ...plain(chance), name: `${path.slice(0, at)}.wh.${path.slice(at)}`, type: "0" };
};

const drawOpaque = (chance: Chance, books: Books): Entry => {
  const directory = pick(chance, books.all("directory", { own: false }));
  const hidden = directory === "" ? "" : `${directory}/`;
  for (const kind of kindsShown) {
    for (const path of books.all(kind, { own: false })) if (path !== "" && path.startsWith(hidden)) books.hide(path);
  }
  return { ...plain(chance), name: below(directory, ".wh..wh..opq"), type: "0" };
};

const devices = [
  [1, 3],
  [8, 17],
  [254, 300],
  [0, 0],
] as const;

const drawDevice = (chance: Chance): Drawn => {
  const device = pick(chance, devices);
  return { type: pick(chance, ["3", "4"]), device, ...(device[0] === 0 && { kind: "oddity" }) };
};

const drawSymlink = (chance: Chance, path: string, books: Books): Drawn => {
  const directory = pick(chance, books.all("directory", { own: false }));
  const up = "../".repeat(path.split("/").length - 1);
  const door = pick(chance, [`/${directory}`, `${up}${directory}` || ".", `///new/${pick(chance, names)}`]);
  const link = pick(chance, ["nowhere", "..", "t".repeat(150), ...books.all("file", { own: false })]);
  return chance(2) === 0 ? { type: "2", kind: "door", link: door } : { type: "2", kind: "link", link };
};

/** Most targets are of the same layer, some of one below; one that is not there is not worth a stack. */
const hardLink = (chance: Chance, path: string, books: Books): Drawn => {
  const ofLink = chance(5) === 0;
  const own = books.all(ofLink ? "link" : "file", { own: true });
  const files = chance(10) < 7 && own.length > 0 ? own : books.all(ofLink ? "link" : "file", { own: false });
  const target = files.length > 0 ? pick(chance, files) : path;
  if (target === path) return { type: "0" };
  return { type: "1", link: `${pick(chance, ["", "/", "./"])}${target}`, ...(ofLink && { kind: "oddity" }) };
};

const drawSparse = (chance: Chance): Sparse => {
  const pieces = Array.from(
    { length: 1 + chance(chance(4) === 0 ? 30 : 3) },
    (_, index) => [index * 5000 + chance(3000), "piece ".repeat(1 + chance(5))] as const,
  );
  const [offset, text] = pieces.at(-1) ?? [0, ""];
  return { pieces, size: offset + text.length + pick(chance, [0, 1, 100_000]) };
};

const plain = (chance: Chance): Omit<Entry, "name" | "type"> => ({
  form: pick(chance, ["pax", "gnu"]),
  mode: pick(chance, modes),
  uid: pick(chance, owners),
  gid: pick(chance, owners),
  seconds: pick(chance, times),
});

const attributes = (chance: Chance): Omit<Entry, "name" | "type"> => {
  const entry = plain(chance);
  const xattrs = Object.fromEntries(
    Array.from({ length: Math.max(0, chance(5) - 2) }, () => pick(chance, attributesDrawn)),
  );
  return {
    ...entry,
    ...(entry.form === "pax" && { nanoseconds: pick(chance, [0, 1, 123_456_789, 999_999_999]) }),
    ...(Object.keys(xattrs).length > 0 && { xattrs }),
  };
};

const attributesDrawn: readonly (readonly [name: string, value: string])[] = [
  ["security.capability", capability],
  ["security.capability", capability],
  ["user.a", "text"],
  ["user.binary", "\0\xff=\n"],
  ["user.empty", ""],
  ["trusted.overlay.opaque", "y"],
  ["trusted.overlay.redirect", "/elsewhere"],
  ["trusted.other", "1"],
  ["security.selinux", "system_u:object_r:usr_t:s0"],
];
