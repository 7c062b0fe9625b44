/**
 * `npm run sweep -- [--every N] [--scene life|start|power]`: the daemon is killed before and behind every N-th step by which it
 * changes its stores; then it is started again, the kubelet goes on, and nothing may be lost or left. `--at K` tries one step,
 * `--side before|after` one side of it. The last line is `sweep: N points, M findings`.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { repeat, SCENES, tellPoint, type Scene, type Side } from "./point.ts";
import { sweep } from "./sweep.ts";

const { values } = parseArgs({
  options: {
    every: { type: "string", default: "1" },
    scene: { type: "string", multiple: true, default: [...SCENES] },
    at: { type: "string" },
    side: { type: "string", multiple: true, default: ["before", "after"] },
  },
});
const every = Number(values.every);
const at = values.at === undefined ? undefined : Number(values.at);
const isScene = (name: string): name is Scene => SCENES.some((scene) => scene === name);
const isSide = (name: string): name is Side => name === "before" || name === "after";
const scenes = values.scene.filter(isScene);
const sides = values.side.filter(isSide);
const numbers = [every, at ?? 1];
if (
  !numbers.every((number) => Number.isSafeInteger(number) && number > 0) ||
  scenes.length < values.scene.length ||
  sides.length < values.side.length
) {
  process.stderr.write(
    "usage: npm run sweep -- [--every NUMBER] [--scene life|start|power] [--at NUMBER] [--side before|after]\n",
  );
  process.exit(2);
}

if (!process.env["TROUPE_TEST_NODE"]) {
  const node = fileURLToPath(new URL("../test-node.sh", import.meta.url));
  const again = [node, process.execPath, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  process.exit(spawnSync("sh", again, { stdio: "inherit" }).status ?? 1);
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const swept = await sweep({ scenes, sides, every, ...(at !== undefined && { at }) }, (point, { step, findings }, ms) => {
  say(`${tellPoint(point)}: ${step ?? "there are not so many"}  ${ms} ms`);
  for (const finding of findings) say(`      FOUND: ${finding}\n      again: ${repeat(point)}`);
});
say(`sweep: ${swept.points} points, ${swept.findings} findings`);
process.exit(swept.findings > 0 ? 1 : 0);
