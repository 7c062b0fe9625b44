/** Output of execs that somebody may still read, for who only looks. */
import { join } from "node:path";
import type { Thing } from "../../vocabulary/index.ts";
import { namesIn } from "../linux/listing.ts";

/** `dir`: where `execOutputs` makes them, a directory for each exec. */
export const seeExecOutputs = ({ dir }: { readonly dir: string }): readonly Thing[] =>
  namesIn(dir).map((name): Thing => {
    const what = join(dir, name);
    return /^[0-9a-f]{32}$/.test(name) ? { part: "execOutput", what, id: name } : { part: "strangeFile", what };
  });
