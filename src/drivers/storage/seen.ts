/** Root filesystems as they are, for who only looks. */
import { join } from "node:path";
import { namesIn } from "../linux/listing.ts";
import { mountsUnder } from "../linux/mountinfo.ts";
import { ID_PATTERN, type Thing } from "../../vocabulary/index.ts";

/** `dir`: where `overlayRootfs` makes them. */
export const seeRootfs = ({ dir }: { readonly dir: string }): readonly Thing[] => [
  ...namesIn(dir).map((name): Thing => {
    const what = join(dir, name);
    return new RegExp(`^${ID_PATTERN}$`).test(name) ? { part: "layer", what, id: name } : { part: "strangeFile", what };
  }),
  // What a container has mounted into its own is seen here where it may: it goes with the rest.
  ...mountsUnder(dir).flatMap(({ mountPoint }): readonly Thing[] => {
    const inside = new RegExp(`^/(${ID_PATTERN})/(rootfs|layers|volumes)(/|$)`);
    const [, id, place] = inside.exec(mountPoint.slice(dir.length)) ?? [];
    return id === undefined ? [] : [{ part: place === "volumes" ? "imageVolume" : "rootfs", what: mountPoint, id }];
  }),
];
