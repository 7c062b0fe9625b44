/** Writes docs/machines.md from the charts. */
import { writeFileSync } from "node:fs";
import { document } from "../src/cli/machines.ts";

writeFileSync(new URL("../docs/machines.md", import.meta.url), document());
