/**
 * `pull`: PullImage of images that are not there, from the node's registry on loopback, onto an ext4 that was made for this block.
 * Milliseconds until it is answered. `/zstd` is held against our own gzip of the same files; `/cold-pod` is a pod from nothing
 * to its started container: RunPodSandbox, PullImage, CreateContainer, StartContainer.
 */
import { countCpu } from "../support/cpu.ts";
import { loopDelay } from "../../spec/support/loop-delay.ts";
import { crowdImage, crowdSize, pushImages, referenceOf } from "../support/pull-images.ts";
import { fresh, kindsOfPull, loopFile, type Fresh, type Kind } from "../support/pull-systems.ts";
import { watchWorkers } from "../support/pull-watch.ts";
import { pauseImage } from "../support/place.ts";
import { createContainer, endPod, idle, runPod, startContainer } from "../support/pod.ts";
import { ourName } from "../support/results.ts";
import { numbersFrom, shuffled } from "../support/statistics.ts";
import type { Case, Stage } from "../support/stage.ts";
import type { System } from "../support/system.ts";

const blocks = 3;
const fullBlocks = 10;
const deadlineMs = 120_000;
/** What `/zstd` is held against. */
const gzipName = "our gzip";

const crowd = Array.from({ length: crowdSize }, (_, number) => crowdImage(number));
/** Variants in the order they are taken: the images of each, which are pulled at once. `shared` has a part of what came before. */
const variants: Readonly<Record<string, readonly string[]>> = {
  "one-layer": ["one"],
  zstd: ["zstd"],
  "many-layers": ["many"],
  shared: ["many-again"],
  "small-files": ["small"],
  crowd,
};

const pullOne = ({ client }: System, name: string): Promise<unknown> =>
  client.call("PullImage", { image: { image: referenceOf(name) } }, { deadlineMs });

const coldPod = async (system: System, name: string): Promise<number> => {
  const { client } = system;
  await client.call("PullImage", { image: { image: pauseImage } }, { deadlineMs });
  const begun = performance.now();
  const pod = await runPod(client, name, "pid-container");
  await pullOne(system, "cold");
  const container = await createContainer(client, pod, name, idle, { of: referenceOf("cold") });
  await startContainer(client, container);
  const ms = performance.now() - begun;
  await endPod(client, { pod, container });
  return ms;
};

const wanted = (stage: Stage): readonly string[] =>
  Object.keys(variants).filter((variant) => stage.wants(`pull/${variant}`));

/** The images of these variants, and those that must be there before. */
const imagesOf = (names: readonly string[]): readonly string[] => [
  ...new Set(names.flatMap((variant) => [...(variant === "shared" ? ["many"] : []), ...(variants[variant] ?? [])])),
];

const pullAll = async (stage: Stage, { system, disk }: Fresh, kind: Kind): Promise<void> => {
  const names = wanted(stage);
  for (const variant of names) {
    if (variant === "shared" && !names.includes("many-layers")) await pullOne(system, "many");
    disk.sync();
    const cpu = countCpu();
    const begun = performance.now();
    await Promise.all((variants[variant] ?? []).map((name) => pullOne(system, name)));
    const [ms, cpuMs] = [performance.now() - begun, cpu()];
    if (variant === "zstd") {
      if (kind === ourName) stage.record("pull/zstd", "ms", kind, ms);
      continue;
    }
    if (variant === "one-layer" && kind === ourName) stage.record("pull/zstd", "ms", gzipName, ms);
    stage.record(`pull/${variant}`, "ms", kind, ms);
    stage.record(`pull/${variant}/cpu`, "CPU ms", kind, cpuMs);
  }
};

const block = async (stage: Stage, kind: Kind, number: number): Promise<void> => {
  const one = await fresh(kind);
  try {
    await pullAll(stage, one, kind);
    one.disk.sync();
    if (!stage.wants("pull/cold-pod")) return;
    stage.record("pull/cold-pod", "ms", kind, await coldPod(one.system, `cold-${number}-of-${kind}`));
  } finally {
    await one.end();
  }
};

/** Troupe once more with eyes on it: its event loop and its workers. */
const look = async (stage: Stage): Promise<void> => {
  const one = await fresh(ourName, { watched: true });
  const daemon = one.system.processes()["daemon"]?.[0] ?? -1;
  const rows: string[] = [];
  try {
    for (const variant of wanted(stage)) {
      await loopDelay(daemon, loopFile);
      const workers = watchWorkers();
      await Promise.all((variants[variant] ?? []).map((name) => pullOne(one.system, name)));
      const [peak, { p99, max, ownP99 }] = [workers.end(), await loopDelay(daemon, loopFile)];
      rows.push(`| ${[variant, ...[peak, p99, ownP99, max].map((value) => value.toFixed(1))].join(" | ")} |`);
    }
  } finally {
    await one.end();
  }
  stage.outcome.findings["Memory and delay while Troupe pulls"] = [
    "| pull | peak resident set of a worker, MiB | event loop's delay p99, ms | of it its own | longest |",
    "|---|--:|--:|--:|--:|",
    ...rows,
  ].join("\n");
};

export const pull: Case = {
  names: ["pull"],
  run: async (stage) => {
    const cold = stage.wants("pull/cold-pod") ? ["cold"] : [];
    const sizes = await pushImages([...imagesOf(wanted(stage)), ...cold]);
    const megabytes = Object.entries(sizes).map(([name, bytes]) => `${name} ${(bytes / 1e6).toFixed(1)}`);
    stage.outcome.findings["Images of pull, MB as they are sent"] = megabytes.join(", ");
    const next = numbersFrom(blocks);
    for (let round = 0; round < (stage.full ? fullBlocks : blocks); round++)
      for (const kind of shuffled(kindsOfPull, next)) await block(stage, kind, round);
    await look(stage);
  },
};
