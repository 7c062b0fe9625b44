/** A recording as it grows: the picture of the node, brought forward with each write of the daemon. */
import { Following } from "../drivers/flight/following.ts";
import { linesBack } from "../drivers/flight/reading.ts";
import { LineReader } from "../inspect/lines.ts";
import { newestIn } from "../inspect/newest.ts";
import type { Picture } from "../inspect/picture.ts";

export class RingTail {
  readonly picture: Picture;
  readonly #following: Following;
  /** Lines that could not be read, so far. */
  damaged = 0;

  /** Begins with as little as tells where everybody is. `changed`: more was read. Throws Unavailable where there is no ring. */
  constructor(directory: string, changed: () => void) {
    let from;
    const texts = function* (): Generator<string> {
      for (const { text, ...place } of linesBack(directory)) {
        from ??= place;
        yield text;
      }
    };
    const { picture, damaged } = newestIn(texts());
    this.picture = picture;
    this.damaged = damaged;
    const lines = new LineReader();
    const take = (text: string): void => {
      const { records: more, damaged: torn } = lines.read(text);
      this.damaged += torn;
      for (const record of more) picture.apply(record);
      changed();
    };
    this.#following = new Following(directory, { lines: take, gone: () => {} }, from);
  }

  close(): void {
    this.#following.close();
  }
}
