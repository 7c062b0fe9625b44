/**
 * `npm run sweep -- [--every N] [--scene life|start|power|fault|monitor]`: the daemon is killed before and behind every N-th
 * step by which it changes its stores, or loses power there, or is refused it; then all is well again, the kubelet goes on, and
 * nothing may be lost or left. `--at K` tries one step, `--deed` one of what happens there. The last line is
 * `sweep: N points, M findings`.
 */
import { parseArgs } from "node:util";
import { enterTestNode } from "../in-test-node.ts";
import { canBe, deedsOf, repeat, SCENES, tellPoint, type Deed, type Scene } from "./point.ts";
import { sweep } from "./sweep.ts";

const { values } = parseArgs({
  options: {
    every: { type: "string", default: "1" },
    scene: { type: "string", multiple: true, default: SCENES.filter(canBe) },
    at: { type: "string" },
    deed: { type: "string", multiple: true },
  },
});
const every = Number(values.every);
const at = values.at === undefined ? undefined : Number(values.at);
const isScene = (name: string): name is Scene => SCENES.some((scene) => scene === name);
const isDeed = (name: string): name is Deed => SCENES.some((scene) => deedsOf(scene).some((deed) => deed === name));
const scenes = values.scene.filter(isScene);
const deeds = values.deed?.filter(isDeed);
const numbers = [every, at ?? 1];
if (
  !numbers.every((number) => Number.isSafeInteger(number) && number > 0) ||
  scenes.length < values.scene.length ||
  deeds?.length !== values.deed?.length
) {
  process.stderr.write(
    `usage: npm run sweep -- [--every NUMBER] [--scene ${SCENES.join("|")}] [--at NUMBER] [--deed "kill before|kill after|EIO|ENOSPC"]\n`,
  );
  process.exit(2);
}

enterTestNode(import.meta.url, process.argv.slice(2));

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const found = (finding: string): void => say(`      FOUND: ${finding}`);
const swept = await sweep(
  { scenes, every, ...(deeds && { deeds }), ...(at !== undefined && { at }) },
  (point, { step, findings }, ms) => {
    say(`${tellPoint(point)}: ${step ?? "there are not so many"}  ${ms} ms`);
    for (const finding of findings) {
      found(finding);
      say(`      again: ${repeat(point)}`);
    }
  },
  found,
);
say(`sweep: ${swept.points} points, ${swept.findings} findings`);
process.exit(swept.findings > 0 ? 1 : 0);
