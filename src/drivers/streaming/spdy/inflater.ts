/**
 * The decompressor of one connection's header blocks. Each block continues the zlib stream of those before it: all of them
 * pass through here one after the other, those of refused streams too.
 */
import { createInflate, constants, type Inflate } from "node:zlib";
import { Invalid } from "../../../errors.ts";
import { dictionary } from "./dictionary.ts";

/** What one block may become: bytes that compress well are the cheapest way to fill another's memory. */
export const MOST_BLOCK_BYTES = 256 << 10;

export class Inflater {
  #inflate: Inflate | undefined;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #settle: ((error: Invalid | undefined, block: Buffer) => void) | undefined;

  /**
   * Calls `done` with the block's plain bytes, or with Invalid, after which nothing more can be read of this connection.
   * One at a time.
   */
  inflate(block: Buffer, done: (error: Invalid | undefined, plain: Buffer) => void): void {
    // Made at the first block: most memory of an idle connection would be this window.
    this.#inflate ??= this.#open();
    this.#settle = done;
    this.#inflate.write(block, () => this.#end(undefined));
  }

  close(): void {
    this.#settle = undefined;
    this.#inflate?.destroy();
  }

  #open(): Inflate {
    const inflate = createInflate({ dictionary, finishFlush: constants.Z_SYNC_FLUSH, flush: constants.Z_SYNC_FLUSH });
    inflate.on("data", (chunk: Buffer) => {
      this.#bytes += chunk.length;
      if (this.#bytes <= MOST_BLOCK_BYTES) return void this.#chunks.push(chunk);
      inflate.destroy();
      this.#end(new Invalid(`spdy header block inflates to more than ${MOST_BLOCK_BYTES} bytes`));
    });
    inflate.on("error", (cause) =>
      this.#end(new Invalid(`spdy header block is no zlib stream: ${cause.message}`, cause)),
    );
    // A deflate stream that says that it has ended takes no further block.
    inflate.on("end", () => this.#end(new Invalid("spdy header blocks ended before their connection")));
    return inflate;
  }

  #end(error: Invalid | undefined): void {
    const settle = this.#settle;
    const plain = Buffer.concat(this.#chunks);
    this.#settle = undefined;
    this.#chunks = [];
    this.#bytes = 0;
    settle?.(error, plain);
  }
}
