/** The FIFOs into which the log threads copy what containers write, for daemons that read them. */
import { closeSync } from "node:fs";
import { openToFeed } from "../drivers/linux/fifo.ts";
import type { Logs } from "../drivers/logs/logs.ts";
import { Unavailable } from "../errors.ts";
import { shortId } from "../vocabulary/index.ts";
import type { AttachRequest } from "./protocol.ts";

export class Copies {
  readonly #logs: Logs;
  readonly #fds = new Map<string, readonly number[]>();

  constructor(logs: Logs) {
    this.#logs = logs;
  }

  /** Resolves when nothing more passes it by; throws Unavailable where nobody reads one of the FIFOs. */
  async begin({ id, attachId, stdout, stderr }: AttachRequest): Promise<void> {
    const fds: number[] = [];
    const open = (path: string): number => {
      const fd = openToFeed(path);
      fds.push(fd);
      return fd;
    };
    let tap: { readonly stdout?: number; readonly stderr?: number };
    try {
      tap = {
        ...(stdout !== undefined && { stdout: open(stdout) }),
        ...(stderr !== undefined && { stderr: open(stderr) }),
      };
    } catch (error) {
      for (const fd of fds) closeSync(fd);
      throw new Unavailable(
        `could not attach to container "${shortId(id)}": nobody reads the copy of its output`,
        error,
      );
    }
    this.#fds.set(attachId, fds);
    await this.#logs.attach(id, { attachId, ...tap });
  }

  /** Unknown ids are fine. */
  async end(attachId: string): Promise<void> {
    const fds = this.#fds.get(attachId);
    if (!fds) return;
    this.#fds.delete(attachId);
    await this.#logs.detach(attachId);
    for (const fd of fds) closeSync(fd);
  }
}
