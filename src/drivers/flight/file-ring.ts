/**
 * The ring as files in memory (/run): one write(2) for each batch of lines, no fsync. What was written outlives a `kill -9`
 * of the daemon, and a reboot takes it along.
 */
import { closeSync, fstatSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { toFailure } from "../../errors.ts";
import type { FlightHealth, FlightOptions, FlightRing } from "./flight.ts";
import { segmentOf, segmentsIn, type Segment } from "./segments.ts";

interface Current extends Segment {
  readonly fd: number;
  bytes: number;
}

export class FileRing implements FlightRing {
  readonly #options: FlightOptions;
  /** Closed ones, oldest first, with their bytes. */
  #older: (Segment & { readonly bytes: number })[];
  #current: Current;
  #failures = 0;
  #trouble: string | undefined;
  /** The last write was cut off in the middle of a line. */
  #torn = false;

  /** What an earlier daemon wrote stays, as far as the bound allows. Throws where the directory cannot be written. */
  constructor(options: FlightOptions) {
    this.#options = options;
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    const found = segmentsIn(options.directory);
    this.#older = found.map((segment) => ({ ...segment, bytes: sizeOf(segment) }));
    this.#current = this.#open((found.at(-1)?.number ?? 0) + 1, options.segments - 1);
  }

  /** Room is made first: the bound holds at every moment. */
  #open(number: number, older: number): Current {
    while (this.#older.length > older) this.#dropOldest();
    const segment = segmentOf(this.#options.directory, number);
    return { ...segment, fd: openSync(segment.path, "ax", 0o600), bytes: 0 };
  }

  #dropOldest(): boolean {
    const oldest = this.#older.shift();
    if (oldest) rmSync(oldest.path, { force: true });
    return oldest !== undefined;
  }

  append(lines: string): boolean {
    const { segmentBytes } = this.#options;
    try {
      // Where no new segment could be begun, the old one goes on for as much again, and not for ever.
      const late = this.#current.bytes >= 2 * segmentBytes && this.#turn();
      this.#write(Buffer.from(this.#torn ? `\n${lines}` : lines));
      this.#trouble = undefined;
      return late || (this.#current.bytes >= segmentBytes && this.#turn());
    } catch (error) {
      this.#failures++;
      this.#trouble = toFailure(error).text;
      return false;
    }
  }

  /** A full file system is asked again without the oldest segment: what happens now matters more. */
  #write(bytes: Buffer): void {
    let written = 0;
    while (written < bytes.length) {
      try {
        written += writeSync(this.#current.fd, bytes, written);
      } catch (error) {
        this.#torn = written > 0;
        if (toFailure(error).code !== "Exhausted" || !this.#dropOldest()) throw error;
      }
    }
    this.#torn = false;
    this.#current.bytes += written;
  }

  #turn(): boolean {
    const { number, path, bytes, fd } = this.#current;
    this.#current = this.#open(number + 1, this.#options.segments - 2);
    this.#older.push({ number, path, bytes });
    closeSync(fd);
    return true;
  }

  get health(): FlightHealth {
    const older = this.#older.reduce((sum, { bytes }) => sum + bytes, 0);
    return {
      segments: this.#older.length + 1,
      bytes: older + this.#current.bytes,
      failures: this.#failures,
      ...(this.#trouble !== undefined && { trouble: this.#trouble }),
    };
  }

  close(): void {
    closeSync(this.#current.fd);
  }
}

const sizeOf = ({ path }: Segment): number => {
  const fd = openSync(path, "r");
  try {
    return fstatSync(fd).size;
  } finally {
    closeSync(fd);
  }
};
