/**
 * The main thread's JavaScript stack, taken by another thread: it is interrupted as a debugger would, and let go on at once.
 * No port is opened for it, and nothing of the debugger stays when it is done. Should this thread end in the middle of it, so
 * does the session, and the main thread goes on.
 *
 * What holds the thread up decides when that comes (Node 26):
 *   a busy function, a regular expression, Atomics.wait    at once
 *   the making of garbage, and its collection               between two collections
 *   JSON.parse, sort, any other long call into V8 or C++    when it is back from there: the caller's stack
 *   a system call                                           when it is back, too
 */
import { Session } from "node:inspector";
import type { Place } from "./source-places.ts";

export interface Frame {
  readonly name: string;
  readonly place: Place;
}

/** A recursion that went mad has ten thousand. */
const DEPTH = 40;

export class StackLook {
  readonly #session = new Session();
  readonly #found = Promise.withResolvers<readonly Frame[] | undefined>();
  #isOpen = true;

  /** `isLate`: asked when the thread has come to a halt; true: it has got out of what was to be looked at. */
  constructor(isLate: () => boolean) {
    const session = this.#session;
    const urls = new Map<string, string>(); // frames have none of their own
    session.on("Debugger.scriptParsed", ({ params }) => void urls.set(params.scriptId, params.url));
    session.on("Debugger.paused", ({ params }) => {
      const late = isLate();
      session.post("Debugger.resume"); // the thread stands until it hears this
      const frames = params.callFrames.slice(0, DEPTH).map(({ functionName, location }): Frame => {
        const place = {
          url: urls.get(location.scriptId) ?? "",
          line: location.lineNumber,
          column: location.columnNumber ?? 0,
        };
        return { name: functionName || "(anonymous)", place };
      });
      // Of Node's own frames alone there is the loop itself: what held it up has returned.
      const isBack = late || frames.every(({ place }) => place.url.startsWith("node:"));
      this.#found.resolve(isBack ? undefined : frames);
      this.close();
    });
    session.connectToMainThread();
    session.post("Debugger.enable");
    session.post("Debugger.pause");
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Innermost first. Undefined: it was let go before, or has not come to a halt within `ms`; it may yet. */
  async within(ms: number): Promise<readonly Frame[] | undefined> {
    const timer = Promise.withResolvers<undefined>();
    const limit = setTimeout(timer.resolve, ms, undefined);
    const frames = await Promise.race([this.#found.promise, timer.promise]);
    clearTimeout(limit);
    return frames;
  }

  /** What it has found, or will not find any more, can still be asked for. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#found.resolve(undefined);
    // The end of a session is the end of its debugger, and of a pause that has not come yet.
    this.#session.disconnect();
  }
}
