/**
 * Bytes on their way into a tar reader: chunks come in at one end as they are inflated, exact pieces go out at the other.
 * A piece that is not complete yet makes the reading generator yield until more has been fed.
 */
import { malformed } from "./tar-entry.ts";

const nothing = Buffer.alloc(0);

export class TarInput {
  #pending: Buffer = nothing;
  #ended = false;

  /** Only when the reader has yielded: what it was given before may be overwritten from now on. */
  feed(chunk: Buffer): void {
    this.#pending = this.#pending.length > 0 ? Buffer.concat([this.#pending, chunk]) : chunk;
  }

  end(): void {
    this.#ended = true;
  }

  /** `size` bytes, or undefined where the archive ends before the first of them. */
  *exactly(size: number): Generator<undefined, Buffer | undefined> {
    while (this.#pending.length < size) {
      if (!this.#ended) yield;
      else if (this.#pending.length === 0) return undefined;
      else throw malformed(`it ends ${size - this.#pending.length} bytes too early`);
    }
    return this.#take(size);
  }

  /** At least one byte and at most `most`. */
  *some(most: number): Generator<undefined, Buffer> {
    while (this.#pending.length === 0) {
      if (this.#ended) throw malformed(`it ends within an entry, ${most} bytes too early`);
      yield;
    }
    return this.#take(Math.min(most, this.#pending.length));
  }

  /** Takes so many bytes, or what is there of them where the archive ends. */
  *skip(size: number): Generator<undefined, void> {
    for (let left = size; left > 0;) {
      if (this.#pending.length > 0) left -= this.#take(Math.min(left, this.#pending.length)).length;
      else if (this.#ended) return;
      else yield;
    }
  }

  /** Forgets what is left: the archive's end mark has been read. */
  discard(): void {
    this.#pending = nothing;
  }

  #take(size: number): Buffer {
    const piece = this.#pending.subarray(0, size);
    this.#pending = this.#pending.subarray(size);
    return piece;
  }
}
