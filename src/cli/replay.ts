/** `troupe replay FILE`: executes a recording again through the charts as they are now; exit status 1 where they disagree. */
import { Invalid } from "../errors.ts";
import { Replayer, type Replay } from "../inspect/replay.ts";
import { parse } from "./options.ts";
import { recordingIn } from "./recording.ts";

const told = ({ steps, agreed, unkeyed, first }: Replay): readonly string[] => [
  `${agreed} of ${steps} transitions agree`,
  ...(unkeyed > 0 ? [`${unkeyed} are of actors whose beginning is not in the recording`] : []),
  ...(first
    ? [
        `the first that does not: number ${first.seq}, ${first.actor} in ${first.from}, on ${first.event}`,
        `  recorded: ${first.recorded}`,
        `  executed: ${first.executed}${first.fields.length > 0 ? `, with other ${first.fields.join(", ")}` : ""}`,
      ]
    : []),
];

export const run = (args: readonly string[]): Promise<number> => {
  const { words } = parse(args, {});
  const [file, ...others] = words;
  if (file === undefined || others.length > 0) throw new Invalid("usage: troupe replay FILE");
  const replayer = new Replayer();
  for (const record of recordingIn(file).records) replayer.apply(record);
  const { result } = replayer;
  process.stdout.write(`${told(result).join("\n")}\n`);
  return Promise.resolve(result.first ? 1 : 0);
};
