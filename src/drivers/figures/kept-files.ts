/**
 * Files of one cgroup or network namespace, read again and again through descriptors that stay open: a third of what it costs to
 * open them each time. How many stay open on the whole node is bounded; files beyond that are opened for each reading.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { isErrno } from "../linux/libc.ts";

/** Descriptors that all files together may keep. */
export class DescriptorBudget {
  #left: number;
  constructor(bound: number) {
    this.#left = bound;
  }
  take(): boolean {
    if (this.#left <= 0) return false;
    this.#left -= 1;
    return true;
  }
  give(count: number): void {
    this.#left += count;
  }
}

const buffer = Buffer.allocUnsafe(64 * 1024);
/** The kernel tells a list page by page, and ends a page before the entry that does not fit: a short answer is the last one. */
const HALF_PAGE = 2048;

const readWhole = (fd: number): string => {
  let length = 0;
  for (;;) {
    const read = readSync(fd, buffer, length, buffer.length - length, length);
    length += read;
    if (read < HALF_PAGE || length === buffer.length) return buffer.toString("latin1", 0, length);
  }
};

export class KeptFiles {
  readonly #budget: DescriptorBudget;
  /** Null: there is no such file, for as long as its cgroup lives. */
  readonly #open = new Map<string, number | null>();

  constructor(budget: DescriptorBudget) {
    this.#budget = budget;
  }

  /**
   * The whole text, of 64 KiB at most. Absent: there is no such file, or the kernel does not keep these figures. Throws Node's error:
   * ENODEV when the cgroup is gone. `open` is for files that are not simply opened by their path.
   */
  read(path: string, open: (path: string) => number = openForReading): string | undefined {
    const known = this.#open.get(path);
    if (known === null) return undefined;
    const fd = known ?? this.#opened(path, open);
    if (fd === undefined) return undefined;
    const stays = this.#open.has(path);
    try {
      return readWhole(fd);
    } catch (error) {
      // A kernel may have the files of PSI and not count it.
      if (!isErrno(error, "EOPNOTSUPP")) throw error;
      this.#forget(path);
      this.#open.set(path, null);
      return undefined;
    } finally {
      if (!stays) closeSync(fd);
    }
  }

  close(): void {
    const descriptors = [...this.#open.values()].filter((fd) => fd !== null);
    this.#open.clear();
    for (const fd of descriptors) closeSync(fd);
    this.#budget.give(descriptors.length);
  }

  #opened(path: string, open: (path: string) => number): number | undefined {
    try {
      const fd = open(path);
      if (this.#budget.take()) this.#open.set(path, fd);
      return fd;
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
      this.#open.set(path, null);
      return undefined;
    }
  }

  #forget(path: string): void {
    const fd = this.#open.get(path);
    if (typeof fd !== "number") return;
    this.#open.delete(path);
    closeSync(fd);
    this.#budget.give(1);
  }
}

const openForReading = (path: string): number => openSync(path, "r");
