/** One output of a command on its way to a client: read as fast as the client takes it, and thrown away where nobody asked. */
import type { Readable, Writable } from "node:stream";

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
    source.on("data", (bytes: Buffer) => {
      this.#moved += bytes.length;
    });
    if (client) source.pipe(client, { end: false });
  }

  /** A child that outlived its command holds the other end open: after `silenceMs` in which it said nothing, it is not heard. */
  async close(silenceMs: number): Promise<void> {
    for (let moved = -1; moved !== this.#moved || this.#client?.writableNeedDrain === true;) {
      moved = this.#moved;
      const silence = Promise.withResolvers<void>();
      // A busy loop comes to its timers first: what was written by then is read before the wait is over.
      const timer = setTimeout(() => setImmediate(silence.resolve), silenceMs);
      await Promise.race([this.ended, silence.promise]);
      clearTimeout(timer);
      if (this.#source.destroyed) break;
    }
    this.#source.destroy();
    await this.ended;
  }
}
