/**
 * The bench's driver, inside of its test node: furnishes it, starts all systems, takes the cases, stops the systems.
 * Descriptor 3 leads outside, a JSON object a line: `{"census":…}` is answered with a line, `{"outcome":…}` comes last.
 */
import { readdirSync, rmdirSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { cases } from "./cases/index.ts";
import { ours, peers } from "./peers/index.ts";
import { optionsIn } from "./support/options.ts";
import { Crowds } from "./support/crowd.ts";
import { watchMachine } from "./support/cpu.ts";
import { furnish, image } from "./support/place.ts";
import { cgroupParent } from "./support/pod.ts";
import { emptyOutcome } from "./support/results.ts";
import { stageOf, type Stage } from "./support/stage.ts";
import type { System } from "./support/system.ts";

const options = optionsIn(process.argv.slice(2));
const outside = new Socket({ fd: 3 });
const answers = createInterface({ input: outside })[Symbol.asyncIterator]();
const ask = async (question: object): Promise<void> => {
  outside.write(`${JSON.stringify(question)}\n`);
  const { done } = await answers.next();
  if (done === true) throw new Error("the bench outside has gone");
};
outside.once("close", () => process.exit(1));

const begun = performance.now();
const tell = (text: string): void => {
  process.stderr.write(`${((performance.now() - begun) / 1000).toFixed(0).padStart(4)} s  ${text}\n`);
};

/** The pods' cgroup parent is the kubelet's, here ours: empty by now. */
const removeParent = (): void => {
  for (const hierarchy of ["", ...readdirSync("/sys/fs/cgroup")])
    try {
      rmdirSync(join("/sys/fs/cgroup", hierarchy, cgroupParent));
    } catch {
      // This is no hierarchy, or something is left in it: the census tells.
    }
};

const take = async (stage: Stage): Promise<void> => {
  for (const one of cases) {
    if (!one.names.some((name) => stage.wants(name))) continue;
    tell(one.names.join(", "));
    await one.run(stage);
  }
  tell("everyone goes");
  await stage.crowds.leave();
};

await furnish();
await ask({ census: "before" });
const systems: System[] = [];
const outcome = emptyOutcome();
for (const peer of [ours, ...(options.phases ? [] : peers)]) {
  const system = await peer.start();
  await system.client.call("PullImage", { image: { image } });
  outcome.systems[system.name] = system.versions;
  systems.push(system);
}
tell(`ready: ${systems.map(({ name }) => name).join(", ")}`);
const look = watchMachine();
await take(stageOf(systems, { ...options, crowds: new Crowds() }, outcome, tell));
const { seconds, others, stolen } = look();
outcome.machine = { seconds, others, stolen };
for (const system of systems.toReversed()) {
  await system.client.call("RemoveImage", { image: { image } });
  await system.stop();
}
removeParent();
await ask({ census: "after" });
await ask({ outcome });
process.exit(0);
