/**
 * Our log thread in a process of its own, as the monitor has it. Its parent sends which FIFOs are to be logged where, and is
 * sent the id of each container whose log is complete.
 */
import { closeSync } from "node:fs";
import { openToRead } from "../../src/drivers/linux/fifo.ts";
import { Logs } from "../../src/drivers/logs/logs.ts";

export interface ToLog {
  readonly id: string;
  readonly path: string;
  readonly stdout: string;
  readonly stderr: string;
}

const directory = process.argv[2] ?? "";
const opened = new Map<string, readonly number[]>();

const putAway = async (id: string): Promise<void> => {
  await logs.close(id);
  for (const fd of opened.get(id) ?? []) closeSync(fd);
  opened.delete(id);
  process.send?.(id);
};

const logs = new Logs({
  directory,
  sources: [],
  listener: {
    ended: (id) => void putAway(id),
    hungUp: () => undefined,
    detached: () => undefined,
    warn: (text) => console.error(text),
  },
});

process.on("message", ({ id, path, stdout, stderr }: ToLog) => {
  const fds = [openToRead(stdout), openToRead(stderr)] as const;
  opened.set(id, fds);
  logs.open({ id, path, stdout: fds[0], stderr: fds[1] });
  process.send?.(`${id} open`);
});
process.on("disconnect", () => process.exit(0));
