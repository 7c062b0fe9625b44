/** `troupe explain [ID]`: why it is stuck, out of what the daemon records; exit status 1 where something is not at rest. */
import { join } from "node:path";
import { lockHolder } from "../drivers/linux/lock-holder.ts";
import { stallText, stallsIn, type Stall } from "../drivers/watchdog/watchdog.ts";
import { Invalid } from "../errors.ts";
import { explainedIn, restlessIn } from "../inspect/explained.ts";
import { sentenceOf } from "../machines/sentence.ts";
import { parse } from "./options.ts";
import { pictured, ringIn } from "./recording.ts";

export const run = (args: readonly string[]): Promise<number> => {
  const { values, words } = parse(args, { "run-dir": { type: "string", default: "/run/troupe" } });
  const runDir = String(values["run-dir"]);
  const picture = pictured(ringIn(runDir));
  const stall = presentStall(runDir);
  if (stall) process.stdout.write(`the daemon (pid ${stall.pid}): ${stallText(stall)}\n`);
  const [wanted] = words;
  const ids =
    wanted === undefined ? restlessIn(picture) : [...picture.actors.keys()].filter((id) => id.includes(wanted));
  if (wanted !== undefined && ids.length === 0)
    throw new Invalid(`nothing that is recorded has an id with "${wanted}"`);
  for (const id of ids) {
    const explanation = explainedIn(picture, id);
    if (explanation) process.stdout.write(`${sentenceOf(explanation, picture.mono)}\n`);
  }
  return Promise.resolve(stall || ids.some((id) => restlessIn(picture).includes(id)) ? 1 : 0);
};

/** Of the daemon that lives now, if its loop stands still. */
const presentStall = (runDir: string): Stall | undefined => {
  const daemon = lockHolder(join(runDir, "daemon.lock"));
  const last = stallsIn(join(runDir, "flight")).findLast(({ pid }) => pid === daemon);
  return last?.over === false ? last : undefined;
};
