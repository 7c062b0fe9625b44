/** Writes docs/stuck.md from the help that the commands show. */
import { writeFileSync } from "node:fs";
import { stuckPage } from "../src/inspect/help/page.ts";

writeFileSync(new URL("../docs/stuck.md", import.meta.url), stuckPage());
