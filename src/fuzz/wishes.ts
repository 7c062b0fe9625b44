/** What a client wants to be gone, and until when: by this it is judged what the runtime does by itself. */
import type { ContainerView } from "../vocabulary/index.ts";
import type { Kernel } from "./world/kernel.ts";

export class Wishes {
  /** Ids whose removal was asked for, or was to be expected as part of their pod's. */
  readonly #unwanted = new Set<string>();
  readonly #stopped = new Set<string>();
  readonly #contested = new Set<string>();
  readonly #graces = new Map<string, number>();
  readonly #heard = new Map<string, number>();

  /** It is to be removed, at once. */
  remove(id: string, now: number): void {
    this.#unwanted.add(id);
    this.#hasten(id, now);
  }
  /** It goes with its pod. */
  removeAlong(id: string): void {
    this.#unwanted.add(id);
  }
  /** It is to stop, by then at the latest. */
  stop(id: string, end: number): void {
    this.#stopped.add(id);
    this.#hasten(id, end);
  }
  contest(name: string): void {
    this.#contested.add(name);
  }
  /** The daemon has taken a stop, and is to end it by then. */
  hear(id: string, end: number): void {
    this.#heard.set(id, Math.min(this.#heard.get(id) ?? Infinity, end));
  }
  heardOf(id: string): number | undefined {
    return this.#heard.get(id);
  }
  /** Somebody died, and may have forgotten what was not written down yet. */
  forgetHeard(): void {
    this.#heard.clear();
  }
  /** A reboot takes every object. */
  forgetStops(): void {
    this.#stopped.clear();
  }

  isUnwanted(id: string): boolean {
    return this.#unwanted.has(id);
  }
  /** Its stop or removal was asked for, or only its removal. */
  isToGo(id: string, how: "stop" | "remove"): boolean {
    return this.#unwanted.has(id) || (how === "stop" && this.#stopped.has(id));
  }
  /** Its processes may be killed: it was asked to go, its pod, or whose process namespace it has joined. */
  isTakenAlong({ id, sandboxId }: Pick<ContainerView, "id" | "sandboxId">, kernel: Kernel): boolean {
    return [id, sandboxId, kernel.headOf(id)].some((one) => this.isToGo(one, "stop"));
  }
  /** Something of this name was asked for with two configurations. */
  isContested(name: string): boolean {
    return this.#contested.has(name);
  }
  /** Until when a container may go on after it was asked to stop; undefined: it was not asked. */
  graceOf(id: string, sandboxId: string): number | undefined {
    const ends = [this.#graces.get(id), this.#graces.get(sandboxId)].filter((end) => end !== undefined);
    return ends.length > 0 ? Math.min(...ends) : undefined;
  }

  #hasten(id: string, end: number): void {
    this.#graces.set(id, Math.min(this.#graces.get(id) ?? Infinity, end));
  }
}
