/**
 * `npm run layers -- [--stacks N] [--seed S]`: N generated stacks of layers (default: 2000), unpacked by Troupe and by umoci, and
 * each inode compared. What differs has to be explained in `scripts/layers/explained.ts`; a stack with something that is not is
 * told by its seed, its entries made few, and what GNU tar makes of it. The last line is
 * `layers: N stacks, M differences unexplained`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { enterTestNode } from "../in-test-node.ts";
import { optionsOf } from "../options.ts";
import { compare, shrink } from "./comparison.ts";
import { drawStack } from "./draw.ts";
import { byTar, hasUmoci } from "./unpackers.ts";

const { values, count, refuse } = optionsOf("npm run layers -- [--stacks N] [--seed S]", {
  stacks: { type: "string", default: "2000" },
  seed: { type: "string", default: String(1 + (Date.now() % 1_000_000)) },
});
const [stacks, seed] = [count("stacks", values.stacks), count("seed", values.seed)];
if (!hasUmoci()) refuse("there is no umoci to compare with: apt-get install umoci");
enterTestNode(import.meta.url, ["--stacks", String(stacks), "--seed", String(seed)]);

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const place = mkdtempSync("/var/lib/troupe/layers-");
const [outcomes, explained] = [new Map<string, number>(), new Map<string, number>()];
const note = (books: Map<string, number>, name: string): void => void books.set(name, (books.get(name) ?? 0) + 1);
let unexplained = 0;
say(`layers: ${stacks} stacks from seed ${seed} on`);
for (let at = seed; at < seed + stacks; at += 1) {
  const comparison = await compare(drawStack(at), place);
  note(outcomes, comparison.outcome);
  for (const name of comparison.explained) note(explained, name);
  unexplained += comparison.unexplained.length;
  if (comparison.unexplained.length > 0) await report(at);
}
rmSync(place, { recursive: true });
for (const [name, times] of [...outcomes, ...explained]) say(`${String(times).padStart(8)}  ${name}`);
say(`layers: ${stacks} stacks, ${unexplained} differences unexplained`);
process.exit(unexplained > 0 ? 1 : 0);

async function report(at: number): Promise<void> {
  const stack = await shrink(drawStack(at), place);
  say(`seed ${at}:`);
  for (const [index, layer] of stack.entries()) {
    for (const entry of layer) say(`  layer ${index}: ${JSON.stringify(entry)}`);
  }
  const tar = byTar(stack, `${place}/tar`);
  for (const { path, field, ours, theirs } of (await compare(stack, place)).unexplained) {
    const third = "tree" in tar ? JSON.stringify(tar.tree.get(path)?.[field as "mode"]) : tar.refused;
    say(
      `  ${JSON.stringify(path)}, ${field}: ours ${JSON.stringify(ours)}, umoci's ${JSON.stringify(theirs)}, tar's ${third}`,
    );
  }
}
