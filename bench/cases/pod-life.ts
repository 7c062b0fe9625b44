/**
 * `pod-start`: RunPodSandbox, CreateContainer and StartContainer, one after the other as the kubelet calls them, image there.
 * `pod-end`: StopContainer, StopPodSandbox, RemoveContainer, RemovePodSandbox of the same pod, its program ending when asked.
 * Time as the caller sees it, and the CPU time that it took anywhere on the node (`…/cpu`).
 */
import type { CriClient } from "../../src/grpc/client.ts";
import { countCpu } from "../support/cpu.ts";
import { phasesOf, tablesOf, type Life } from "../support/phases.ts";
import {
  createContainer,
  endPod,
  idle,
  runPod,
  startContainer,
  variants,
  type Pod,
  type Variant,
} from "../support/pod.ts";
import { ourName } from "../support/results.ts";
import { rounds, type Case, type Stage } from "../support/stage.ts";

const lives = 20;
const fullLives = 60;
/** Lives before the first that counts, of each system alike: plugins and binaries are in the page cache then. */
const warmUp = 3;

const timed = async <Result>(into: Record<string, number>, name: string, work: Promise<Result>): Promise<Result> => {
  const begun = performance.now();
  const result = await work;
  into[name] = performance.now() - begun;
  return result;
};

const start = async (client: CriClient, name: string, variant: Variant): Promise<Life & { readonly pod: Pod }> => {
  const calls: Record<string, number> = {};
  const pod = await timed(calls, "RunPodSandbox", runPod(client, name, variant));
  const container = await timed(calls, "CreateContainer", createContainer(client, pod, name, idle));
  await timed(calls, "StartContainer", startContainer(client, container));
  return { pod, sandbox: pod.sandbox, container, calls };
};

/** Why a system will not run such a pod; undefined: it will. */
const refusal = async (stage: Stage, variant: Variant): Promise<string | undefined> => {
  for (const { name, client } of stage.systems)
    try {
      for (let life = 0; life < warmUp; life++) {
        const { pod, container } = await start(client, `warm-${life}-of-${name}`, variant);
        await endPod(client, { pod, container });
      }
    } catch (error) {
      return `${name} refused it: ${error instanceof Error ? error.message : String(error)}`;
    }
  return undefined;
};

const measure = async (stage: Stage, variant: Variant): Promise<void> => {
  const ours: Life[] = [];
  await rounds(stage, stage.full ? fullLives : lives, async ({ name: system, client }, round) => {
    const note = async <Result>(what: string, work: Promise<Result>): Promise<Result> => {
      const cpu = countCpu();
      const begun = performance.now();
      const result = await work;
      stage.record(`${what}/${variant}`, "ms", system, performance.now() - begun);
      stage.record(`${what}/${variant}/cpu`, "CPU ms", system, cpu());
      return result;
    };
    const name = `${variant}-${round}-of-${system.replaceAll(/\W+/g, "-")}`;
    const life = await note("pod-start", start(client, name, variant));
    if (system === ourName) ours.push(life);
    await note("pod-end", endPod(client, life));
  });
  const log = stage.systems.find(({ name }) => name === ourName)?.log;
  if (log !== undefined) stage.outcome.findings[`Phases of pod-start/${variant}`] = tablesOf(phasesOf(log, ours));
};

export const podLife: Case = {
  names: ["pod-start", "pod-end"],
  run: async (stage) => {
    for (const variant of Object.keys(variants) as Variant[]) {
      if (!stage.wants(`pod-start/${variant}`) && !stage.wants(`pod-end/${variant}`)) continue;
      const why = await refusal(stage, variant);
      if (why === undefined) await measure(stage, variant);
      else stage.outcome.skipped[`pod-start/${variant}`] = why;
    }
  },
};
