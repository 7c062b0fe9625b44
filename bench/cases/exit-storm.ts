/**
 * `exit-storm`: many containers that run `true`, ten at a time: created, started, seen to have exited, removed. Milliseconds
 * for each of them; and every exit must be told with code 0 and its reason: one that is not is a fault.
 */
import { setTimeout as pause } from "node:timers/promises";
import { several } from "../support/crowd.ts";
import {
  createContainer,
  exitedStatus,
  removeContainer,
  removePod,
  runPod,
  startContainer,
  stopPod,
  type Pod,
} from "../support/pod.ts";
import { rounds, type Case, type Stage } from "../support/stage.ts";
import type { System } from "../support/system.ts";

const atOnce = 10;
const inBlock = 40;
const blocks = 3;
/** So many exits of Troupe's with --full. */
const fullExits = 10_000;

const storm = async (stage: Stage, { client, name }: System, pod: Pod, from: number): Promise<number> => {
  const begun = performance.now();
  const numbers = Array.from({ length: inBlock }, (_, i) => from + i);
  await several(numbers, atOnce, async (number) => {
    const id = await createContainer(client, pod, `true-${number}`, "true");
    await startContainer(client, id);
    const { exit_code: code, reason } = await exitedStatus(client, id, () => pause(5));
    if (code !== 0 || reason !== "Completed")
      stage.outcome.faults.push(`${name}: exit-storm: true number ${number} ended with ${code} (${reason})`);
    await removeContainer(client, id);
  });
  return (performance.now() - begun) / inBlock;
};

export const exitStorm: Case = {
  names: ["exit-storm"],
  run: async (stage) => {
    let number = 0;
    const stormOn = async (system: System): Promise<void> => {
      const pod = await runPod(
        system.client,
        `storm-${number}-of-${system.name.replaceAll(/\W+/g, "-")}`,
        "pid-container",
      );
      stage.record("exit-storm", "ms", system.name, await storm(stage, system, pod, number));
      number += inBlock;
      await stopPod(system.client, pod);
      await removePod(system.client, pod);
    };
    await rounds(stage, blocks, stormOn);
    const [ours] = stage.systems;
    const more = stage.full && ours ? Array.from({ length: fullExits / inBlock - blocks }, () => ours) : [];
    for (const system of more) await stormOn(system);
    const taken = (stage.outcome.samples["exit-storm"]?.systems[ours?.name ?? ""] ?? []).length * inBlock;
    const wrong = stage.outcome.faults.filter((fault) => fault.includes("exit-storm")).length;
    stage.outcome.findings["Exits of exit-storm"] =
      `${taken} exits of \`true\` at concurrency ${atOnce} by Troupe, and as many or fewer by each peer: ${wrong} of them without code 0.`;
  },
};
