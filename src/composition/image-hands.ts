/** Hands of image pulls: reference and credentials, which no actor may know, looked up by the pull's id. */
import type { Drivers } from "../actors/drivers.ts";
import type { PullSource } from "../drivers/images/images.ts";
import { parseReference } from "../drivers/images/reference.ts";
import { NotFound } from "../errors.ts";
import type { Services } from "../supervisors/services.ts";
import type { Parts } from "./parts.ts";

/** Who holds the permit to unpack: the pull holds one to pull at the same time. */
export const unpacking = (pullId: string): string => `${pullId}/unpack`;

/** A short name's is not known yet: it counts as Docker Hub's. */
const hostOf = (reference: string | undefined): string | undefined =>
  reference === undefined ? undefined : parseReference(reference).domain;

/** `fetched`: told of bytes that have come from a registry. */
export const imageHands = (
  { images, permits }: Parts,
  fetched: (bytes: number) => void,
): {
  readonly drivers: Drivers["images"];
  readonly announce: Services["images"]["announce"];
  readonly underWay: () => readonly string[];
  readonly reference: (pullId: string) => string | undefined;
  readonly permit: Drivers["permits"]["pull"];
} => {
  /** `say`: what the call under way is at. */
  const sources = new Map<string, PullSource & { toFetch?: number; say?: (text: string) => void }>();
  const giveBack = (id: string): void => {
    permits.release(id);
    permits.release(unpacking(id));
  };
  return {
    underWay: () => [...sources.keys()],
    reference: (pullId) => sources.get(pullId)?.reference,
    permit: ({ id }, signal) => permits.acquire("pull", id, signal, hostOf(sources.get(id)?.reference)),
    announce(pullId, reference, from) {
      const told = (text: string): void => sources.get(pullId)?.say?.(`${reference}: ${text}`);
      sources.set(pullId, { pullId, reference, told, ...from });
    },
    drivers: {
      async resolve({ id }, signal, tell) {
        const source = sources.get(id);
        if (!source) throw new NotFound("image pull", id);
        source.say = tell;
        tell(source.reference);
        const { bytesToFetch } = await images.resolve(source, signal);
        source.toFetch = bytesToFetch;
      },
      fetch({ id }, signal, tell) {
        const source = sources.get(id);
        const { reference = "", toFetch = 0 } = source ?? {};
        if (source) source.say = tell;
        let known = 0;
        const progress = (bytes: number): void => {
          fetched(Math.max(0, bytes - known)); // less, where a blob that broke off counts no more
          known = bytes;
          tell(`${bytes} of ${toFetch} bytes of ${reference}`);
        };
        return images.fetch(id, progress, signal);
      },
      async unpack({ id }, signal) {
        try {
          await images.unpack(id, signal);
        } finally {
          permits.release(unpacking(id));
        }
      },
      async commit({ id }) {
        const image = await images.commit(id);
        giveBack(id);
        sources.delete(id);
        return { imageId: image.id };
      },
      async discard({ id }) {
        giveBack(id);
        await images.discard(id);
        sources.delete(id);
      },
    },
  };
};
