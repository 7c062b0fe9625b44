/**
 * The daemon's ends of containers' FIFOs, so that these outlive the monitor: of output never read, only held, so that bytes
 * outlive a container that has no monitor; of an open stdin held, and duplicated for whoever is attached.
 */
import { closeSync } from "node:fs";
import { NotAllowed } from "../../errors.ts";
import type { Places } from "../../monitor/protocol.ts";
import { shortId } from "../../vocabulary/index.ts";
import { duplicate } from "../linux/descriptor.ts";
import { openHolder, openToRead } from "../linux/fifo.ts";
import { isErrno } from "../linux/libc.ts";

interface Kept {
  readonly outputs: readonly number[];
  /** Absent: it has none, or it was closed. */
  readonly stdin: number | undefined;
}

export class Keepers {
  readonly #places: Places;
  readonly #kept = new Map<string, Kept>();

  constructor(places: Places) {
    this.#places = places;
  }

  /** A container whose FIFOs are gone is fine. */
  open(id: string): void {
    if (this.#kept.has(id)) return;
    const outputs = (["stdout", "stderr"] as const).flatMap((stream) => {
      try {
        return [openToRead(this.#places.fifo(id, stream))];
      } catch (error) {
        if (isErrno(error, "ENOENT")) return [];
        throw error;
      }
    });
    const stdin = openHolder(this.#places.fifo(id, "stdin"));
    if (outputs.length > 0 || stdin !== undefined) this.#kept.set(id, { outputs, stdin });
  }

  /** A descriptor to write to its stdin, the caller's to close. Throws NotAllowed where there is none. */
  input(id: string): number {
    const stdin = this.#kept.get(id)?.stdin;
    if (stdin !== undefined) return duplicate(stdin);
    throw new NotAllowed(
      `container "${shortId(id)}" has no stdin that takes anything: it was made without, or it was closed`,
    );
  }

  closeInput(id: string): void {
    const kept = this.#kept.get(id);
    if (kept?.stdin === undefined) return;
    closeSync(kept.stdin);
    this.#kept.set(id, { ...kept, stdin: undefined });
  }

  close(id: string): void {
    this.closeInput(id);
    for (const fd of this.#kept.get(id)?.outputs ?? []) closeSync(fd);
    this.#kept.delete(id);
  }

  closeAll(): void {
    for (const id of this.#kept.keys()) this.close(id);
  }
}
