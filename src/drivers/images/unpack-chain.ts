/**
 * The layers of one image, several at a time, each as its blob comes.
 *
 * A layer is looked at against those below it when all of it is there, so most layers can go on while those below are not
 * complete. One that needs them sooner (for a hard link into them, or a directory that it does not describe) is unpacked
 * once more when they are; so is one whose blob was begun anew meanwhile. What fails then has failed.
 */
import PQueue from "p-queue";
import { rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Failed, toFailure, TroupeError } from "../../errors.ts";
import type { ArrivingBlob } from "./arriving-blob.ts";
import type { WrittenLayer } from "./layer-writer.ts";
import { UnpackBudget } from "./unpack-budget.ts";
import type { LayerToCome, UnpackJob } from "./unpack-job.ts";
import { unpackLayer } from "./unpack-layer.ts";

/** Inflating is done in threads, one for each layer; one thread writes what comes of it. */
const atOnce = Math.min(4, availableParallelism() + 1);

/** Layers below, topmost first. */
type Stack = readonly string[];

/** Throws the first failure, with the layer's digest; what the others do then is nobody's business any more. */
export const unpackChain = async (
  { layers, limits }: Pick<UnpackJob, "layers" | "limits">,
  blobs: ReadonlyMap<string, ArrivingBlob>,
): Promise<readonly WrittenLayer[]> => {
  const queue = new PQueue({ concurrency: atOnce });
  const budget = new UnpackBudget(limits);
  const written: Promise<WrittenLayer>[] = [];
  let stack: Promise<Stack> = Promise.resolve([]);
  for (const layer of layers) {
    const below = stack;
    if ("here" in layer) {
      stack = below.then((lowers) => upon(layer.here, layer.opaqueRoot, lowers));
      continue;
    }
    const work = unpackOne(layer, { below, blob: blobs.get(layer.blob), queue, budget });
    written.push(work);
    stack = Promise.all([work, below]).then(([{ opaqueRoot }, lowers]) => upon(layer.directory, opaqueRoot, lowers));
  }
  stack.catch(() => {}); // told by the layer itself
  return Promise.all(written);
};

const upon = (directory: string, opaqueRoot: boolean, lowers: Stack): Stack =>
  opaqueRoot ? [directory] : [directory, ...lowers];

interface Surroundings {
  readonly below: Promise<Stack>;
  readonly blob: ArrivingBlob | undefined;
  readonly queue: PQueue;
  readonly budget: UnpackBudget;
}

const unpackOne = async (layer: LayerToCome, { below, blob, queue, budget }: Surroundings): Promise<WrittenLayer> => {
  const { diffId, digest, directory } = layer;
  if (!blob) throw new Failed(`layer ${digest}: nothing is known of its blob`);
  let lowers: Stack | undefined;
  let askedEarly = false;
  const lowersNow = (): Stack => {
    if (lowers) return lowers;
    askedEarly = true;
    throw new Failed("the layers below are not there yet");
  };
  const attempt = async (): Promise<WrittenLayer> => {
    const turn = await turnIn(queue);
    const lowersThere = async (): Promise<void> => {
      turn.over(); // whoever is waited for needs one
      lowers = await below;
    };
    try {
      return await unpackLayer({ diffId, blob, directory, lowersThere }, lowersNow, budget.of(digest));
    } finally {
      turn.over();
    }
  };
  try {
    return await attempt().catch(async (error: unknown) => {
      if (toFailure(error).code !== "Exhausted") await blob.whole(); // a download that fails tells more
      if (!askedEarly && !blob.begunAnew) throw error;
      lowers = await below;
      rmSync(directory, { recursive: true });
      return attempt();
    });
  } catch (error) {
    const { code, text } = toFailure(error);
    throw new TroupeError(code, text.startsWith("layer ") ? text : `layer ${digest}: ${text}`, error);
  }
};

/** Resolves when it is one's turn, which lasts until it is over. */
const turnIn = (queue: PQueue): Promise<{ readonly over: () => void }> =>
  new Promise((begin) => {
    void queue.add(() => new Promise<void>((over) => begin({ over })));
  });
