/** `troupe version`. */
import { version } from "../version.ts";

export const run = (): Promise<number> => {
  process.stdout.write(`troupe ${version} (node ${process.version})\n`);
  return Promise.resolve(0);
};
