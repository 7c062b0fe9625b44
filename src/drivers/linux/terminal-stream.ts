/**
 * A terminal's master as a stream. Node has streams for terminals that one sits at, which write synchronously: a program that
 * does not read its terminal would stop this process. This one waits on the event loop, both ways.
 *
 * It ends when nobody has the terminal's other end open any more (EIO); what is written then is thrown away.
 */
import { closeSync, readSync, writeSync } from "node:fs";
import { Duplex } from "node:stream";
import { duplicate, makeNonBlocking } from "./descriptor.ts";
import { isErrno } from "./libc.ts";
import type { Readiness } from "./poll.ts";

/** A terminal gives a page at most in one read. */
const READ_BYTES = 4096;

export class TerminalStream extends Duplex {
  readonly #readiness: Readiness;
  /** Of the same master, one to wait for each way. */
  readonly #from: number;
  readonly #to: number;

  /** Takes over `master`. Destroyed, it closes it: whose last one it was hangs up (SIGHUP). */
  constructor(master: number, readiness: Readiness) {
    super();
    makeNonBlocking(master); // an OCI runtime hands it over as it opened it
    this.#readiness = readiness;
    this.#from = master;
    this.#to = duplicate(master);
    this.once("end", () => this.destroy());
  }

  override _read(): void {
    const bytes = Buffer.allocUnsafe(READ_BYTES);
    try {
      const length = readSync(this.#from, bytes);
      this.push(length === 0 ? null : bytes.subarray(0, length));
    } catch (error) {
      if (isErrno(error, "EAGAIN")) return this.#readiness.readable(this.#from, () => this._read());
      this.push(null);
    }
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    let written = 0;
    try {
      while (written < chunk.length) written += writeSync(this.#to, chunk, written);
      done();
    } catch (error) {
      if (!isErrno(error, "EAGAIN")) return done();
      const rest = chunk.subarray(written);
      this.#readiness.writable(this.#to, () => (this.destroyed ? done() : this._write(rest, "", done)));
    }
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    for (const fd of [this.#from, this.#to]) {
      this.#readiness.forget(fd);
      closeSync(fd);
    }
    done(error);
  }
}
