/** How a simulated client is made to ask for something: what it draws on its way (client.ts, requests.ts). */
import type { Scene } from "../scene.ts";
import type { Wish } from "./directed.ts";
import type { Goal } from "./goals.ts";

/** Of a client's moves: the place among moves.ts, and among what it may ask at random. */
const ACT = 5;
const PLACES = { run: 0, create: 1, start: 2, stop: 3, remove: 4, exec: 7, update: 9, checkpoint: 9 } as const;
const SANDBOX_PLACES: Readonly<Record<string, number>> = { stop: 5, remove: 6 };
const GRACES_MS = [0, 1_000, 5_000, 30_000] as const;

const nearestGrace = (ms: number): number =>
  GRACES_MS.toSorted((one, other) => Math.abs(one - ms) - Math.abs(other - ms))[0] ?? 0;

/** It does not leave, nor insist, nor do what is sensible. */
const ON_ITS_WAY = [false, false, false];

/** Undefined where it cannot be asked for yet. */
export const askingFor = (
  { what, part, graceMs = 0 }: Extract<Goal, { readonly kind: "ask" }>,
  { daemon }: Scene,
): Wish | undefined => {
  if (!daemon.serving) return undefined;
  const [kind, name] = part.split(" ");
  const sandbox = daemon.runtime.sandboxes().at(-1);
  const container = daemon.runtime.containers().find(({ config }) => config.name === name);
  const isThere = what === "run" || (what === "create" || kind === "sandbox" ? sandbox : container) !== undefined;
  if (!isThere) return undefined;
  // Behind the way: what this very request draws, and that it asks again what it has asked.
  const more = { run: [sandbox !== undefined, false], create: [false], update: [true], checkpoint: [false] };
  const grace = nearestGrace(graceMs);
  return {
    weights: [ACT],
    numbers: [kind === "sandbox" ? (SANDBOX_PLACES[what] ?? PLACES.run) : PLACES[what]],
    chances: [...ON_ITS_WAY, ...(more[what as keyof typeof more] ?? []), true],
    wants: (item) =>
      what === "create"
        ? item === undefined || item === name
        : kind === "sandbox"
          ? item === undefined
          : item === container || item === grace,
  };
};
