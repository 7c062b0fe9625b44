/** Files that commands make of what is recorded. */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Failed, toFailure } from "../errors.ts";

/** Written whole or not at all, and readable for its owner alone. Throws Failed where it cannot be. */
export const writeWhole = (file: string, text: string): void => {
  const fresh = join(dirname(file), `.${basename(file)}.${process.pid}`);
  try {
    writeFileSync(fresh, text, { mode: 0o600 });
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw new Failed(`${file} cannot be written: ${toFailure(error).text}`, error);
  }
};
