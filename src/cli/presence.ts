/** Whether a daemon is there: a connection to its inspect socket ends when the process does, whatever it dies of. */
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";

export class Presence {
  readonly #path: string;
  readonly #changed: () => void;
  #socket: Socket | undefined;
  #isThere = false;

  /** `changed`: it has come or gone. */
  constructor(runDir: string, changed: () => void) {
    this.#path = join(runDir, "inspect.sock");
    this.#changed = changed;
    this.look();
  }

  get isThere(): boolean {
    return this.#isThere;
  }

  #is(there: boolean): void {
    if (there === this.#isThere) return;
    this.#isThere = there;
    this.#changed();
  }

  /** Looks again where it has gone. A server ends what says nothing for a minute: then it is asked once more before it counts. */
  look(): void {
    if (this.#socket) return;
    const socket = createConnection(this.#path);
    let connected = false;
    this.#socket = socket;
    socket.on("connect", () => {
      connected = true;
      this.#is(true);
    });
    socket.on("error", () => {}); // `close` follows
    socket.on("close", () => {
      this.#socket = undefined;
      if (connected) this.look();
      else this.#is(false);
    });
    socket.resume();
  }

  close(): void {
    this.#socket?.removeAllListeners("close").destroy();
  }
}
