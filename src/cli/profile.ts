/**
 * `troupe profile cpu|heap [--seconds N] [-o FILE] [--run-dir DIR]`: where the daemon spends its time, or who allocates what
 * stays, measured for so long; for Chrome's DevTools. `-o -` writes to stdout.
 */
import { closeSync, openSync, rmSync, writeFileSync } from "node:fs";
import { Invalid } from "../errors.ts";
import { askDaemon } from "./daemon.ts";
import { parse } from "./options.ts";

const PANES = { cpu: "Performance", heap: "Memory" } as const;
const isKind = (word: string | undefined): word is keyof typeof PANES => word === "cpu" || word === "heap";

export const run = async (args: readonly string[]): Promise<number> => {
  const { values, words } = parse(args, {
    seconds: { type: "string", default: "10" },
    output: { type: "string", short: "o" },
    "run-dir": { type: "string", default: "/run/troupe" },
  });
  const [kind] = words;
  if (!isKind(kind) || words.length > 1)
    throw new Invalid("usage: troupe profile cpu|heap [--seconds N] [-o FILE] [--run-dir DIR]");
  const seconds = String(values["seconds"]);
  const ask = (): Promise<unknown> =>
    askDaemon(String(values["run-dir"]), "POST", `/profile/${kind}?seconds=${encodeURIComponent(seconds)}`);

  const path = (values["output"] as string | undefined) ?? `troupe.${kind}profile`;
  if (path === "-") {
    process.stdout.write(`${JSON.stringify(await ask())}\n`);
    return 0;
  }
  await into(path, ask);
  process.stdout.write(`${path}: open it in Chrome's DevTools, ${PANES[kind]}, Load profile\n`);
  return 0;
};

/** The file is made before: who has waited for a minute is not to hear then that there is no place for it. */
const into = async (path: string, ask: () => Promise<unknown>): Promise<void> => {
  const fd = made(path);
  try {
    writeFileSync(fd, JSON.stringify(await ask()));
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
};

const made = (path: string): number => {
  try {
    return openSync(path, "wx", 0o600);
  } catch (error) {
    throw new Invalid(
      (error as NodeJS.ErrnoException).code === "EEXIST"
        ? `${path} is there already; name another file with -o`
        : `${path} cannot be made: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
};
