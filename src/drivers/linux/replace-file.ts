/** A file that is replaced at once. */
import { renameSync, rmSync, writeFileSync } from "node:fs";

/** Readers see the old file or the new one, whole, whenever we are killed; what then stays is `PATH.new`. Mode 0600, not synced. */
export const replaceFile = (path: string, content: string | Uint8Array): void => {
  const fresh = `${path}.new`;
  try {
    writeFileSync(fresh, content, { mode: 0o600 });
    renameSync(fresh, path);
  } catch (error) {
    discard(fresh); // on a full disk it is empty, and would stay
    throw error;
  }
};

const discard = (path: string): void => {
  try {
    rmSync(path, { force: true });
  } catch {
    // On a filesystem that has become read-only; the first error tells more.
  }
};
