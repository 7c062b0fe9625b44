/**
 * `npm run nothing-blocks -- [--rounds N] [--pods N] [--creations N] [--adds N] [--frozen N]`: how much longer the calls of healthy pods take
 * while others wait for ever (`faults.ts`). Blocks with and without faults take turns, in one run of one daemon, in the order
 * that no drift can favour: ABBA. Last line: the p99 of each call with the faults, over that without.
 */
import { argumentsOf, enterTestNode } from "../in-test-node.ts";
import { median, numbersFrom, quantile } from "../../bench/support/statistics.ts";
import { scriptedBed } from "../../spec/support/scripted-plugin.ts";
import { stuckMount } from "../../spec/support/stuck-mount.ts";
import { optionsOf } from "../options.ts";
import { Faults } from "./faults.ts";
import { Healthy, operations, type Block, type Operation } from "./healthy.ts";

const GOAL = 1.2;
const RESAMPLES = 1000;

const { values, count, refuse } = optionsOf(
  "npm run nothing-blocks -- [--rounds N] [--pods N] [--creations N] [--adds N] [--frozen N]",
  {
    rounds: { type: "string", default: "4" },
    pods: { type: "string", default: "50" },
    creations: { type: "string", default: "50" },
    adds: { type: "string", default: "20" },
    frozen: { type: "string", default: "50" },
  },
);
count("rounds", values.rounds);
for (const [name, text] of Object.entries(values))
  if (!/^\d+$/.test(text)) refuse(`--${name} is a whole number, not "${text}"`);

enterTestNode(import.meta.url, argumentsOf(values));

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const ms = (value: number): string => value.toFixed(value < 10 ? 2 : 1).padStart(8);

interface Pair {
  readonly calm: Block;
  readonly disturbed: Block;
}

/** Two pairs: calm, disturbed, disturbed, calm. A plugin may hang for three minutes, so what waits begins anew with each block. */
const round = async (faults: Faults, healthy: Healthy): Promise<readonly Pair[]> => {
  const disturbed = async (): Promise<Block> => {
    await faults.on();
    const block = await healthy.measure();
    await faults.off();
    return block;
  };
  await faults.prepare();
  const first = { calm: await healthy.measure(), disturbed: await disturbed() };
  await faults.prepare();
  const second = await disturbed();
  await faults.prepare();
  const calm = await healthy.measure();
  await faults.off();
  return [first, { calm, disturbed: second }];
};

/** All calls of the blocks together. */
const pooled = (blocks: readonly Block[], operation: Operation): readonly number[] =>
  blocks.flatMap((block) => block[operation]);

const ratioOf = (pairs: readonly Pair[], operation: Operation, q: number): number =>
  quantile(
    pooled(
      pairs.map(({ disturbed }) => disturbed),
      operation,
    ),
    q,
  ) /
  quantile(
    pooled(
      pairs.map(({ calm }) => calm),
      operation,
    ),
    q,
  );

/** The interval that holds the ratio with 95 %, by resampling the pairs. */
const spreadOf = (pairs: readonly Pair[], operation: Operation): readonly [number, number] => {
  const next = numbersFrom(1);
  const draw = (): number =>
    ratioOf(
      pairs.map(() => pairs[Math.floor(next() * pairs.length)]!),
      operation,
      0.99,
    );
  const ratios = Array.from({ length: RESAMPLES }, draw);
  return [quantile(ratios, 0.025), quantile(ratios, 0.975)];
};

const row = (pairs: readonly Pair[], operation: Operation): string => {
  const [calm, disturbed] = [pairs.map((pair) => pair.calm), pairs.map((pair) => pair.disturbed)].map((blocks) =>
    pooled(blocks, operation),
  ) as [readonly number[], readonly number[]];
  const [low, high] = spreadOf(pairs, operation);
  const cells = [median(calm), median(disturbed), quantile(calm, 0.99), quantile(disturbed, 0.99)].map(ms);
  const ratios = [ratioOf(pairs, operation, 0.5), ratioOf(pairs, operation, 0.99)].map((ratio) => ratio.toFixed(2));
  const n = String(calm.length).padStart(5);
  return `${operation.padEnd(5)}${n}  ${cells.join("  ")}    ${ratios.join("       ")}    ${low.toFixed(2)} – ${high.toFixed(2)}`;
};

const counts = { creations: Number(values.creations), adds: Number(values.adds), frozen: Number(values.frozen) };
const stuck = await stuckMount();
const { bed, plugin } = await scriptedBed("blocks");
const healthy = new Healthy(bed.kubelet);
await healthy.gather(Number(values.pods));
say(`${values.pods} healthy pods; ${JSON.stringify(counts)}`);
const faults = new Faults(bed, plugin, stuck, counts);
process.once("exit", () => faults.thaw());
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));
const pairs: Pair[] = [];
for (let n = 1; n <= Number(values.rounds); n++) {
  pairs.push(...(await round(faults, healthy)));
  say(
    `\nround ${n} of ${values.rounds}, ms\n      calls      p50 calm  disturbed  p99 calm  disturbed  ratio p50   p99     95 %`,
  );
  for (const operation of operations) say(row(pairs, operation));
}
await healthy.end();
await bed.leavesNothing();
await bed.end();
await stuck.end();
say("nothing is left");
const ratios = operations.map((operation) => ({ operation, ratio: ratioOf(pairs, operation, 0.99) }));
const words = ratios.map(({ operation, ratio }) => `${operation} ${ratio.toFixed(2)}x`).join(", ");
say(`nothing-blocks: ${words} (p99, goal ${GOAL}x)`);
process.exit(ratios.every(({ ratio }) => ratio <= GOAL) ? 0 : 1);
