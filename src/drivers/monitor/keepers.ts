/** The daemon's ends of containers' FIFOs: never read, only held, so that bytes outlive a container that has no monitor. */
import { closeSync } from "node:fs";
import type { Places } from "../../monitor/protocol.ts";
import { openToRead } from "../linux/fifo.ts";
import { isErrno } from "../linux/libc.ts";

export class Keepers {
  readonly #places: Places;
  readonly #kept = new Map<string, readonly number[]>();

  constructor(places: Places) {
    this.#places = places;
  }

  /** A container whose FIFOs are gone is fine. */
  open(id: string): void {
    if (this.#kept.has(id)) return;
    const fds = (["stdout", "stderr"] as const).flatMap((stream) => {
      try {
        return [openToRead(this.#places.fifo(id, stream))];
      } catch (error) {
        if (isErrno(error, "ENOENT")) return [];
        throw error;
      }
    });
    if (fds.length > 0) this.#kept.set(id, fds);
  }

  close(id: string): void {
    for (const fd of this.#kept.get(id) ?? []) closeSync(fd);
    this.#kept.delete(id);
  }

  closeAll(): void {
    for (const id of this.#kept.keys()) this.close(id);
  }
}
