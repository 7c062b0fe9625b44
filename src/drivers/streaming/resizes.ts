/**
 * The sizes of a client's terminal: JSON objects one after another, cut anywhere. What is no size ends the listening and
 * nothing else: a session goes on in the size it has.
 */
import type { TerminalSize } from "./streaming.ts";

/** Of one object that does not end. */
const MOST_BYTES = 1024;
const MOST_CELLS = 0xffff;

const isCells = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MOST_CELLS;

/** Throws for what is no size at all. */
const sizeOf = (text: string): TerminalSize => {
  const value: unknown = JSON.parse(text);
  if (typeof value === "object" && value !== null && "Width" in value && "Height" in value) {
    const { Width: width, Height: height } = value;
    if (isCells(width) && isCells(height)) return { width, height };
  }
  throw new RangeError("no terminal size");
};

export class Resizes {
  #text = "";
  #deaf = false;
  #latest: TerminalSize | undefined;
  #listener: ((size: TerminalSize) => void) | undefined;

  onResize(listener: (size: TerminalSize) => void): void {
    this.#listener = listener;
    if (this.#latest) listener(this.#latest);
  }

  /** The next bytes of the client. */
  received(bytes: Buffer): void {
    if (this.#deaf) return;
    // One byte is one character: what is JSON's own is ASCII, and the rest is no size.
    this.#text += bytes.toString("latin1");
    try {
      for (let end = this.#text.indexOf("}"); end >= 0; end = this.#text.indexOf("}")) {
        this.#tell(sizeOf(this.#text.slice(0, end + 1)));
        this.#text = this.#text.slice(end + 1);
      }
      this.#deaf = this.#text.length > MOST_BYTES;
    } catch {
      this.#deaf = true;
    }
    if (this.#deaf) this.#text = "";
  }

  /** A terminal of no columns or no lines is one that its client does not know yet. */
  #tell(size: TerminalSize): void {
    if (size.width === 0 || size.height === 0) return;
    this.#latest = size;
    this.#listener?.(size);
  }
}
