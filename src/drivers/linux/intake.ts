/**
 * What a program writes into a pipe, taken as it comes: up to a limit it is kept, what goes beyond is thrown away, so that the
 * program neither waits nor fills anybody's memory.
 */
import { Socket } from "node:net";

export interface Taken {
  readonly bytes: Buffer;
  /** There was more than the limit. */
  readonly cut: boolean;
}

export class Intake {
  /** Fulfilled when nobody can write into it any more, or after `stop`. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #limit: number;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  /** Takes over the read end `fd`, and closes it. */
  constructor(fd: number, limit: number) {
    this.#limit = limit;
    this.#socket = new Socket({ fd, readable: true, writable: false });
    this.#socket.on("data", (chunk: Buffer) => this.#take(chunk));
    this.#socket.on("error", () => {}); // what came so far is what there is
    this.closed = new Promise((resolve) => {
      this.#socket.once("close", () => resolve());
    });
  }

  /** Listens no longer. Who still writes gets SIGPIPE. */
  stop(): void {
    this.#socket.destroy();
  }

  taken(): Taken {
    return { bytes: Buffer.concat(this.#chunks).subarray(0, this.#limit), cut: this.#length > this.#limit };
  }

  #take(chunk: Buffer): void {
    if (this.#length <= this.#limit) this.#chunks.push(chunk);
    this.#length += chunk.length;
  }
}
