/**
 * `npm run sweep -- [--every N] [--scene life|start|power|fault|monitor]`: the daemon is killed before and behind every N-th
 * step by which it changes its stores, or loses power there, or is refused it; then all is well again, the kubelet goes on, and
 * nothing may be lost or left. `--at K` tries one step, `--deed` one of what happens there. The last line is
 * `sweep: N points, M findings`.
 */
import { enterTestNode } from "../in-test-node.ts";
import { optionsOf } from "../options.ts";
import { canBe, deedsOf, repeat, SCENES, tellPoint, type Deed, type Scene } from "./point.ts";
import { sweep } from "./sweep.ts";

const usage = `npm run sweep -- [--every N] [--scene ${SCENES.join("|")}] [--at N] [--deed "kill before|kill after|EIO|ENOSPC"]`;
const { values, count, refuse } = optionsOf(usage, {
  every: { type: "string", default: "1" },
  scene: { type: "string", multiple: true, default: SCENES.filter(canBe) },
  at: { type: "string" },
  deed: { type: "string", multiple: true },
});
const every = count("every", values.every);
const at = values.at === undefined ? undefined : count("at", values.at);
const isScene = (name: string): name is Scene => SCENES.some((scene) => scene === name);
const isDeed = (name: string): name is Deed => SCENES.some((scene) => deedsOf(scene).some((deed) => deed === name));
const scenes = values.scene.filter(isScene);
const deeds = values.deed?.filter(isDeed);
if (scenes.length < values.scene.length) refuse(`not every scene is known: ${values.scene.join(", ")}`);
if (deeds?.length !== values.deed?.length) refuse(`not every deed is known: ${values.deed?.join(", ")}`);

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
