/** A recording that is looked at, and the fork of it that is looked at instead, while there is one. */
import { toFailure } from "../../errors.ts";
import type { Choice } from "../fork/choices.ts";
import { Fork, podOfRecord } from "../fork/fork.ts";
import type { FlightRecord } from "../record.ts";
import { Player } from "./player.ts";
import type { Route } from "./route.ts";

export class Forking {
  /** Of the recording itself. */
  readonly #recorded: Player;
  #fork: Fork | undefined;
  #player: Player;

  constructor(records: readonly FlightRecord[]) {
    this.#recorded = new Player(records);
    this.#player = this.#recorded;
  }

  /** Of what is looked at: the recording, or as far as it goes and then the fork. */
  get player(): Player {
    return this.#player;
  }

  get fork(): Fork | undefined {
    return this.#fork;
  }

  /** What the recording has behind the place of the fork. */
  get recordedBehind(): readonly FlightRecord[] {
    return this.#recorded.records.slice(this.#fork?.place ?? 0);
  }

  /** The pod that would go on in another way: whose page is open, or whose record it is; undefined where it is none's. */
  podAt(route: Route): string | undefined {
    return route.page === "pod" ? route.id : podOfRecord(this.#recorded.scene.picture, this.#recorded.current);
  }

  /** Answers why it cannot be; empty: it can. */
  begin(pod: string): string {
    try {
      this.#fork = new Fork(this.#recorded.records, this.#recorded.at, pod);
      this.#show();
      return "";
    } catch (error) {
      return toFailure(error).text;
    }
  }

  #show(): void {
    const { before, behind } = this.#fork!;
    this.#player = new Player([...before, ...behind]);
  }

  choose(choice: Choice): void {
    this.#fork?.choose(choice);
    this.#show();
  }

  back(): void {
    this.#fork?.back();
    this.#show();
  }

  /** The recording again, where it was left. */
  drop(): void {
    this.#fork = undefined;
    this.#player = this.#recorded;
  }
}
