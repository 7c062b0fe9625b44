/** Pins and files of sandboxes as they are, for who only looks. */
import { join } from "node:path";
import { ID_PATTERN, type Thing } from "../../vocabulary/index.ts";
import { namesIn } from "../linux/listing.ts";
import { mountsUnder } from "../linux/mountinfo.ts";
import { isNamespace } from "../linux/namespaces.ts";
import type { PinPlaces } from "./pins.ts";

/** /run/netns is everybody's: only what has our name there counts. */
export const seePins = ({ netnsDir, pinDir }: PinPlaces): readonly Thing[] => {
  const netns = new RegExp(`^troupe-(${ID_PATTERN})$`);
  const own = new RegExp(`^(${ID_PATTERN})\\.(ipc|uts|user)$`);
  return [
    ...namesIn(netnsDir).flatMap((name): readonly Thing[] => {
      const id = netns.exec(name)?.[1];
      return id === undefined ? [] : [pin("netns", join(netnsDir, name), id)];
    }),
    ...namesIn(pinDir).map((name): Thing => {
      const [, id, kind] = own.exec(name) ?? [];
      const what = join(pinDir, name);
      return id === undefined ? { part: "strangeFile", what } : pin(partOf[kind ?? ""] ?? "uts", what, id);
    }),
  ];
};

const partOf: Readonly<Record<string, "ipc" | "uts" | "userns">> = { ipc: "ipc", uts: "uts", user: "userns" };

const pin = (part: "netns" | "ipc" | "uts" | "userns", what: string, id: string): Thing => ({
  part: isNamespace(what) ? part : "emptyPin",
  what,
  id,
});

/** `dir`: where `sandboxDirectory` makes them. */
export const seeSandboxFiles = ({ dir }: { readonly dir: string }): readonly Thing[] => [
  ...namesIn(dir).map((name): Thing => {
    const what = join(dir, name);
    return new RegExp(`^${ID_PATTERN}$`).test(name)
      ? { part: "sandboxFiles", what, id: name }
      : { part: "strangeFile", what };
  }),
  ...mountsUnder(dir).flatMap(({ mountPoint }): readonly Thing[] => {
    const id = new RegExp(`^/(${ID_PATTERN})/shm$`).exec(mountPoint.slice(dir.length))?.[1];
    return id === undefined ? [] : [{ part: "shm", what: mountPoint, id }];
  }),
];
