/**
 * Taps: copies of what a container says, raw, for those who attach to it. A tap is a pipe, and what that pipe holds is all the
 * patience there is: logging never waits for a reader.
 */
import { writeSync } from "node:fs";
import { isErrno } from "../linux/libc.ts";
import type { Stream } from "./cri-format.ts";

/** Writing ends of pipes or FIFOs, which stay their giver's; absent: that stream is not wanted. */
export interface Tap {
  readonly attachId: string;
  readonly stdout?: number;
  readonly stderr?: number;
}

/** A tap of container `id`. */
export interface Attached {
  readonly id: string;
  readonly tap: Tap;
}

/** `ended`: all that the container will ever say is in the tap; `slow`: it was full; `gone`: nobody reads it. */
export type Detachment = "ended" | "slow" | "gone";

export class Taps {
  readonly #detached: (attachId: string, why: Detachment) => void;
  readonly #taps = new Map<string, Attached>();

  constructor(detached: (attachId: string, why: Detachment) => void) {
    this.#detached = detached;
  }

  add(attached: Attached): void {
    this.#taps.set(attached.tap.attachId, attached);
  }

  /** Lets go of it without a word; unknown ids are fine. */
  remove(attachId: string): void {
    this.#taps.delete(attachId);
  }

  /** Whether anybody wants what this stream says. */
  want(id: string, stream: Stream): boolean {
    for (const attached of this.#taps.values())
      if (attached.id === id && attached.tap[stream] !== undefined) return true;
    return false;
  }

  copy(id: string, stream: Stream, bytes: Buffer): void {
    for (const attached of this.#taps.values()) {
      const fd = attached.tap[stream];
      if (attached.id !== id || fd === undefined) continue;
      const lost = put(fd, bytes);
      if (lost) this.#letGo(attached.tap.attachId, lost);
    }
  }

  /** The container will say no more. */
  end(id: string): void {
    for (const attached of [...this.#taps.values()])
      if (attached.id === id) this.#letGo(attached.tap.attachId, "ended");
  }

  #letGo(attachId: string, why: Detachment): void {
    this.#taps.delete(attachId);
    this.#detached(attachId, why);
  }
}

/** As much as fits; why the reader is lost, if it is. Node ignores SIGPIPE, in all of its threads. */
const put = (fd: number, bytes: Buffer): Detachment | undefined => {
  try {
    // A pipe that has some room takes a part of a larger write, and says how much.
    return writeSync(fd, bytes) < bytes.length ? "slow" : undefined;
  } catch (error) {
    return isErrno(error, "EAGAIN") ? "slow" : "gone";
  }
};
