/** One output of a command on its way to a client: read as fast as the client takes it, and thrown away where nobody asked. */
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { endedOr } from "./ended-or.ts";

/** A pipe's read. Made anew for each, they would have the garbage collector stop the loop a dozen times a second. */
const READ_BYTES = 64 << 10;
const MOST_FREE = 64;
const free: Buffer[] = [];
const taken = (): Buffer => free.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES);
const giveBack = (buffer: Buffer): void => void (free.length < MOST_FREE && free.push(buffer));

export class Output {
  readonly ended: Promise<void>;
  readonly #source: Readable;
  readonly #client: Writable | undefined;
  #moved = 0;

  constructor(source: Readable, client: Writable | undefined) {
    this.#source = source;
    this.#client = client;
    this.ended = new Promise((resolve) => source.once("close", () => resolve()));
    source.on("error", () => source.destroy()); // what came so far is what there is
  }

  /** What a stream says. */
  static ofStream(source: Readable, client: Writable | undefined): Output {
    const output = new Output(source, client);
    source.on("data", (bytes: Buffer) => {
      output.#moved += bytes.length;
    });
    if (client) source.pipe(client, { end: false });
    return output;
  }

  /** What comes by a pipe, whose descriptor is taken over. */
  static ofPipe(fd: number, client: Writable | undefined): Output {
    const onread = {
      buffer: taken,
      callback: (length: number, buffer: Uint8Array): boolean => output.#pass(length, buffer as Buffer),
    };
    const source = new Socket({ fd, readable: true, writable: false, onread });
    const output = new Output(source, client);
    const goOn = (): void => void source.resume();
    // One that has ended never drains: from then on all is thrown away.
    for (const event of ["drain", "finish", "close"]) {
      client?.on(event, goOn);
      source.once("close", () => client?.off(event, goOn));
    }
    // It never has data of its own, but an end.
    source.resume();
    return output;
  }

  /** True: more can come. The buffer is free again when its bytes have left, or never will. */
  #pass(length: number, buffer: Buffer): boolean {
    this.#moved += length;
    const client = this.#client;
    if (!client?.writable) {
      giveBack(buffer);
      return true;
    }
    return client.write(buffer.subarray(0, length), () => giveBack(buffer));
  }

  /** A child that outlived its command holds the other end open: after `silenceMs` in which it said nothing, it is not heard. */
  async close(silenceMs: number): Promise<void> {
    for (let moved = -1; moved !== this.#moved || this.#client?.writableNeedDrain === true;) {
      moved = this.#moved;
      await endedOr(this.ended, silenceMs);
      if (this.#source.destroyed) break;
    }
    this.#source.destroy();
    await this.ended;
  }
}
