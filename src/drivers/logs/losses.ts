/**
 * What was dropped of containers' output and is told in no log yet, over any death of the log thread: a file in memory, with a
 * slot for each container that loses something, from before its first byte is dropped until its log has said so.
 *
 *   journal: these bytes go nowhere, N with them ─▶ consume ─▶ slot: N ─▶ … ─▶ slot: told there ─▶ log ─▶ slot freed
 *
 * A successor takes N from the slot, or from the journal where the slot was not reached any more.
 */
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Drop } from "./journal.ts";

export interface Loss {
  readonly id: string;
  /** 0: its log takes nothing, but it has lost nothing so far. */
  readonly bytes: number;
  /** Timestamp of the first of them; no other loss of this container has the same. */
  readonly since: string;
  /** Why the log took nothing. */
  readonly reason: string;
  /** The record that tells of it is being written, or was: at this offset of this file, with this timestamp. */
  readonly told?: { readonly inode: number; readonly offset: number; readonly stamp: string };
}

/** Several to a page: one write within a page is whole or not there, even to a SIGKILL. */
const SLOT_BYTES = 1024;
/** It may name a path; with what JSON escapes it still fits. */
const LONGEST_REASON = 300;

export class Losses {
  readonly #file: number;
  readonly #slots: (Loss | undefined)[] = [];
  readonly #slot = Buffer.alloc(SLOT_BYTES);

  /** `directory` must lie on a memory filesystem. `lastDrop`: what the journal of the same lane knows, which may be more. */
  constructor(directory: string, lane = "", lastDrop?: Drop) {
    const path = join(directory, `losses${lane && `-${lane}`}`);
    this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    this.#read();
    if (!lastDrop) return;
    const known = this.get(lastDrop.id);
    if (known?.since === lastDrop.since) this.write({ ...known, bytes: lastDrop.lost });
  }

  get(id: string): Loss | undefined {
    return this.#slots.find((loss) => loss?.id === id);
  }

  /** Throws Node's error where a slot is to be added and no memory is left for it; with one, it does not. */
  write(loss: Loss): void {
    const reason = loss.reason.replaceAll(/[^ -~]|["\\]/g, "?").slice(0, LONGEST_REASON);
    const known = this.#slots.findIndex((each) => each?.id === loss.id);
    const free = this.#slots.findIndex((each) => each === undefined);
    const index = known >= 0 ? known : free >= 0 ? free : this.#slots.length;
    this.#put(index, { ...loss, reason });
  }

  /** Unknown ids are fine. */
  forget(id: string): void {
    const index = this.#slots.findIndex((loss) => loss?.id === id);
    if (index >= 0) this.#put(index, undefined);
  }

  /** Those of all others are forgotten. */
  keep(ids: ReadonlySet<string>): void {
    for (const loss of this.#slots) if (loss && !ids.has(loss.id)) this.forget(loss.id);
  }

  close(): void {
    closeSync(this.#file);
  }

  #put(index: number, loss: Loss | undefined): void {
    this.#slot.fill(" ").write(loss ? JSON.stringify(loss) : "null", "latin1");
    writeSync(this.#file, this.#slot, 0, SLOT_BYTES, index * SLOT_BYTES);
    this.#slots[index] = loss;
  }

  #read(): void {
    const count = fstatSync(this.#file).size / SLOT_BYTES;
    for (let index = 0; index < count; index++) {
      readSync(this.#file, this.#slot, 0, SLOT_BYTES, index * SLOT_BYTES);
      this.#slots[index] = (JSON.parse(this.#slot.toString("latin1")) as Loss | null) ?? undefined;
    }
  }
}
