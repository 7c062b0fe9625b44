/** For programs that are to run in a test node. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("test-node.sh", import.meta.url));

/** Outside of a test node this does not return: `program`, a file's URL, is run again in one, and this process ends as it does. */
export const enterTestNode = (program: string, args: readonly string[]): void => {
  if (process.env["TROUPE_TEST_NODE"]) return;
  const again = [script, process.execPath, fileURLToPath(program), ...args];
  process.exit(spawnSync("sh", again, { stdio: "inherit" }).status ?? 1);
};

/** Options as they were parsed, also those that were drawn, for the program to be given them again. */
export const argumentsOf = (values: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);
