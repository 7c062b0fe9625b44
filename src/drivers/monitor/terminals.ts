/**
 * Duplicates of the masters of containers' terminals. The last master's going hangs the terminal up: with one here and one at
 * the monitor, a container survives the death of either, and each gives the other what it has lost.
 */
import { closeSync } from "node:fs";
import { Failed } from "../../errors.ts";
import type { Places, Terminals as AtMonitor } from "../../monitor/protocol.ts";
import { ConsoleSocket, giveTerminal } from "../linux/console-socket.ts";
import { duplicate } from "../linux/descriptor.ts";
import type { Ask } from "./questions.ts";

export interface TerminalsOptions {
  readonly places: Places;
  readonly warn: (text: string) => void;
}

/** Of all sockets of this process. */
let takers = 0;

export class Terminals {
  readonly #places: Places;
  readonly #warn: TerminalsOptions["warn"];
  readonly #masters = new Map<string, number>();

  constructor({ places, warn }: TerminalsOptions) {
    this.#places = places;
    this.#warn = warn;
  }

  /** A descriptor more, the caller's to close; absent: it is not here. */
  duplicate(id: string): number | undefined {
    const master = this.#masters.get(id);
    return master === undefined ? undefined : duplicate(master);
  }

  /** A monitor has come. What cannot be exchanged now is told, and tried with the next one. */
  async exchange({ held, wanted }: AtMonitor, ask: Ask): Promise<void> {
    const exchanged = [...held.map((id) => this.take(id, ask)), ...wanted.map((id) => this.#give(id, ask))];
    for (const end of await Promise.allSettled(exchanged))
      if (end.status === "rejected") this.#warn(`a container's terminal stays with one process: ${String(end.reason)}`);
  }

  /** Asks the monitor for its own. */
  async take(id: string, ask: Ask): Promise<void> {
    if (this.#masters.has(id)) return;
    const taker = new ConsoleSocket(this.#places.taker(`${process.pid}.${++takers}`));
    try {
      await ask({ verb: "terminal", id, socket: taker.path });
      const master = taker.take();
      if (master === undefined) throw new Failed(`the monitor has not handed over the terminal of container "${id}"`);
      if (this.#masters.has(id)) closeSync(master);
      else this.#masters.set(id, master);
    } finally {
      taker.close();
    }
  }

  async #give(id: string, ask: Ask): Promise<void> {
    const master = this.#masters.get(id);
    if (master === undefined) return;
    giveTerminal(this.#places.console(id), master);
    await ask({ verb: "adopt", id });
  }

  close(id: string): void {
    const master = this.#masters.get(id);
    this.#masters.delete(id);
    if (master !== undefined) closeSync(master);
  }

  closeAll(): void {
    for (const id of this.#masters.keys()) this.close(id);
  }
}
