/**
 * Calls that were refused or failed, the last of each kind: a pod that nobody is at work on may be one whose creation fails
 * each time that the kubelet tries it.
 */
import { kindOf, objectOf, type MonoMs } from "../vocabulary/index.ts";
import type { Name } from "./record.ts";

export interface Refusal {
  readonly method: string;
  readonly about: string;
  readonly mono: MonoMs;
  /** gRPC's name of it. */
  readonly code: string;
  readonly text?: string;
}

const MOST = 100;

export class Refusals {
  readonly #last = new Map<string, Refusal>();

  /** What was answered to a call; one that ends well takes the place of a refusal before it. */
  answered({ method, about = "", mono, code, text }: Omit<Refusal, "about"> & { readonly about?: string }): void {
    const name = `${method} ${about}`;
    this.#last.delete(name);
    if (code === "OK") return;
    this.#last.set(name, { method, about, mono, code, ...(text !== undefined && { text }) });
    if (this.#last.size > MOST) this.#last.delete(this.#last.keys().next().value ?? "");
  }

  /** Oldest first. */
  list(): readonly Refusal[] {
    return [...this.#last.values()];
  }

  clear(): void {
    this.#last.clear();
  }
}

interface Known {
  readonly id: string;
  readonly name?: Name;
}

/** A call is about a container, a sandbox, `sandbox/container` that is to be, or `namespace/pod` that is to be. */
const namesOf = ({ id, name }: Known): readonly string[] => [
  objectOf(id),
  ...(name?.pod === undefined ? [] : [`${name.namespace ?? ""}/${name.pod}`]),
];

/** Of these actors, or of what was to be in their pods. */
export const refusedOf = (refusals: readonly Refusal[], actors: readonly Known[]): readonly Refusal[] => {
  const names = new Set(actors.flatMap(namesOf));
  const sandboxes = new Set(actors.filter(({ id }) => kindOf(id) === "sandbox").map(({ id }) => objectOf(id)));
  return refusals.filter(({ about }) => names.has(about) || sandboxes.has(about.slice(0, about.indexOf("/"))));
};

/** Of a pod of which nothing is there, by its name with or without its namespace. */
export const refusedFor = (refusals: readonly Refusal[], asked: string): readonly Refusal[] =>
  refusals.filter(({ about }) => asked !== "" && (about === asked || about.endsWith(`/${asked}`)));
