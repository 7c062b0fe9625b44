/**
 * The streams of all containers that the monitor has, with what a daemon may ask about them. Of a terminal it has the master;
 * a successor that has it not listens at `places.console(id)` until a daemon has given it its duplicate.
 */
import { closeSync, rmSync } from "node:fs";
import { ConsoleSocket, giveTerminal } from "../drivers/linux/console-socket.ts";
import { makeNonBlocking } from "../drivers/linux/descriptor.ts";
import { isTerminalMaster } from "../drivers/linux/terminal.ts";
import type { Logs } from "../drivers/logs/logs.ts";
import { NotAllowed, toFailure, Unavailable } from "../errors.ts";
import { shortId, type ContainerId } from "../vocabulary/index.ts";
import type { StreamRequest } from "./bookkeeping.ts";
import type { Places, Terminals } from "./protocol.ts";
import { closeStreams, type Streams } from "./streams.ts";

export interface ContainerStreamsOptions {
  readonly places: Places;
  readonly logs: Logs;
  readonly warn: (text: string) => void;
}

export class ContainerStreams {
  readonly #at: ContainerStreamsOptions;
  readonly #streams = new Map<string, Streams>();
  /** Of terminals that are not here. */
  readonly #consoles = new Map<string, ConsoleSocket>();

  constructor(options: ContainerStreamsOptions) {
    this.#at = options;
  }

  add(id: string, streams: Streams): void {
    this.#streams.set(id, streams);
    if (streams.into === undefined || streams.master !== undefined) return;
    try {
      this.#consoles.set(id, new ConsoleSocket(this.#at.places.console(id)));
    } catch (error) {
      this.#at.warn(`the terminal of container "${shortId(id)}" cannot come back: ${toFailure(error).text}`);
    }
  }

  /** Without closing anything. */
  drop(id: string): void {
    this.#streams.delete(id);
    this.#consoles.get(id)?.close();
    this.#consoles.delete(id);
  }

  /** What a program after execve goes on with. */
  get all(): Readonly<Record<string, Streams>> {
    return Object.fromEntries(this.#streams);
  }

  get terminals(): Terminals {
    const held = [...this.#streams].filter(([, { master }]) => master !== undefined).map(([id]) => id);
    return { held: held as ContainerId[], wanted: [...this.#consoles.keys()] as ContainerId[] };
  }

  async handle(request: StreamRequest): Promise<void> {
    switch (request.verb) {
      case "closeInput":
        return this.#closeInput(request.id);
      case "terminal":
        return this.#give(request.id, request.socket);
      case "adopt":
        return this.#adopt(request.id);
      case "reopen":
        return this.#at.logs.reopen(request.id);
    }
  }

  /** No process has the terminal any more, nor will one. */
  hungUp(id: string): void {
    const streams = this.#streams.get(id);
    if (streams) this.#close(id, streams, "into", "master");
  }

  /** Its exit is in a daemon's records, which would have given back its terminal before: without one nothing more comes. */
  settle(id: string): void {
    const streams = this.#streams.get(id);
    if (!streams || streams.master !== undefined) return;
    this.#close(id, streams, "into");
    this.#consoles.get(id)?.close();
    this.#consoles.delete(id);
  }

  /** The FIFOs lose their names with the record; what is still in them goes into the log before they are closed. */
  release(id: string): void {
    const streams = this.#streams.get(id);
    this.drop(id);
    if (streams) void this.#at.logs.close(id).then(() => closeStreams(streams));
  }

  /** Its name goes first: of a stdin without one neither a successor nor a daemon opens a holder again. */
  #closeInput(id: string): void {
    rmSync(this.#at.places.fifo(id, "stdin"), { force: true });
    const streams = this.#streams.get(id);
    if (streams) this.#close(id, streams, "stdin");
  }

  #give(id: string, socket: string): void {
    const master = this.#streams.get(id)?.master;
    if (master === undefined) throw new NotAllowed(`container "${shortId(id)}" has no terminal, or it is not here`);
    giveTerminal(socket, master);
  }

  #adopt(id: string): void {
    const streams = this.#streams.get(id);
    if (!streams || streams.master !== undefined) return;
    const { into } = streams;
    const master = this.#consoles.get(id)?.take();
    if (master === undefined || into === undefined)
      throw new Unavailable(`nobody has handed over the terminal of container "${shortId(id)}"`);
    if (!isTerminalMaster(master)) {
      closeSync(master);
      throw new NotAllowed(`what was handed over for container "${shortId(id)}" is no terminal`);
    }
    makeNonBlocking(master);
    this.drop(id);
    this.add(id, { ...streams, master });
    this.#at.logs.terminal(id, { master, into });
  }

  #close(id: string, streams: Streams, ...which: readonly ("stdin" | "into" | "master")[]): void {
    const { stdout, stderr, ...rest } = streams;
    const left = { ...rest };
    for (const name of which) {
      const fd = left[name];
      if (fd !== undefined) closeSync(fd);
      delete left[name];
    }
    this.#streams.set(id, { stdout, ...(stderr !== undefined && { stderr }), ...left });
  }
}
