/** Who there is, as a recorder knows them: each whole, as a key has it, and the dead for as long as they may begin again. */
import type { MonoMs } from "../vocabulary/index.ts";
import type { Context } from "./decision-data.ts";
import type { Gone, Key, Name, What } from "./record.ts";
import type { Say } from "./standing.ts";

export interface Known {
  readonly parent: string | undefined;
  readonly incarnation: number;
  state: string;
  since: MonoMs;
  context: Context;
}

/** These may begin again. */
const RETURNING: ReadonlySet<Gone["how"]> = new Set(["crashed", "quarantined", "stopped"]);

export class Cast {
  readonly #nameOf: (actorId: string) => Name | undefined;
  readonly #living = new Map<string, Known>();
  readonly #incarnations = new Map<string, number>();
  /** Where they were, and how they went. */
  readonly #dead = new Map<string, readonly What[]>();

  constructor(nameOf: (actorId: string) => Name | undefined) {
    this.#nameOf = nameOf;
  }

  /** Undefined for one that does not live. */
  find(actor: string): Known | undefined {
    return this.#living.get(actor);
  }

  /** How often one of this id has begun; undefined where none has, or it has ended. */
  incarnationOf(actor: string): number | undefined {
    return this.#incarnations.get(actor);
  }

  born(actor: string, { parent, state, since, context }: Omit<Known, "incarnation">): Key {
    const incarnation = (this.#incarnations.get(actor) ?? 0) + 1;
    const known: Known = { parent, incarnation, state, since, context };
    this.#incarnations.set(actor, incarnation);
    this.#living.set(actor, known);
    this.#dead.delete(actor);
    return this.#key(actor, known, true);
  }

  gone(gone: Gone): void {
    const { actor } = gone;
    if (RETURNING.has(gone.how)) this.#bury(gone);
    else {
      this.#incarnations.delete(actor);
      this.#dead.delete(actor);
    }
    this.#living.delete(actor);
  }

  /** It is told of for as long as it may begin again; in quarantine that may be long. */
  #bury(gone: Gone): void {
    const { actor } = gone;
    this.#dead.set(actor, [...this.#say(actor), gone]);
  }

  *things(): Iterable<readonly [name: string, say: Say]> {
    for (const actor of [...this.#living.keys(), ...this.#dead.keys()]) yield [actor, () => this.#say(actor)];
  }

  #say(actor: string): readonly What[] {
    const known = this.#living.get(actor);
    return known ? [this.#key(actor, known, false)] : (this.#dead.get(actor) ?? []);
  }

  #key(actor: string, { parent, incarnation, state, since, context }: Known, born: boolean): Key {
    const name = this.#nameOf(actor);
    return {
      kind: "key",
      actor,
      ...(parent !== undefined && { parent }),
      ...(name && { name }),
      born,
      incarnation,
      state,
      since,
      context,
    };
  }
}
