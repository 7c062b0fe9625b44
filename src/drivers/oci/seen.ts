/**
 * Bundles, and what OCI runtimes keep of containers, as they are, for who only looks. The runtimes are not asked: one that
 * hangs must not hold up who wants to know why, and of a container that they cannot read they deny that it is there.
 */
import { join } from "node:path";
import { ID_PATTERN, type Thing } from "../../vocabulary/index.ts";
import { directoriesIn, namesIn } from "../linux/listing.ts";
import { nameOfProcess, toolsAtWork } from "../linux/tools-at-work.ts";

const isId = (name: string): boolean => new RegExp(`^${ID_PATTERN}$`).test(name);

export const seeBundles = ({ bundleDir }: { readonly bundleDir: string }): readonly Thing[] =>
  namesIn(bundleDir).map((name): Thing => {
    const what = join(bundleDir, name);
    return isId(name) ? { part: "bundle", what, id: name } : { part: "strangeFile", what };
  });

/** `dir`: a directory in it for each handler, the runtime's `--root`. What begins with a dot there is the runtime's own. */
export const seeRuntimes = ({ dir }: { readonly dir: string }): readonly Thing[] => [
  ...directoriesIn(dir).flatMap((handler) =>
    namesIn(join(dir, handler))
      .filter((name) => !name.startsWith("."))
      .map((name): Thing => {
        const what = join(dir, handler, name);
        return isId(name) ? { part: "state", what, id: name } : { part: "strangeFile", what };
      }),
  ),
  ...toolsAtWork("cmdline").flatMap(({ pid, strings }): readonly Thing[] => {
    const at = strings.indexOf("--root");
    const id = strings.findLast(isId);
    const isOurs = at > 0 && strings[at + 1]?.startsWith(`${dir}/`) === true;
    return isOurs && id !== undefined ? [{ part: "command", what: nameOfProcess(pid), id }] : [];
  }),
];
