/**
 * Logs in a process of their own, to be killed: argv has the directory of the journal and, for each container, what it is to log
 * (JSON of `Killable`); descriptor 3 is the first one's terminal. A line on stdin is an id to be reopened, answered on
 * stdout when all that it has said until then is in its logs.
 */
import { constants, openSync } from "node:fs";
import { createInterface } from "node:readline";
import { openToRead } from "../../../../src/drivers/linux/fifo.ts";
import { Logs } from "../../../../src/drivers/logs/logs.ts";

export interface Killable {
  readonly id: string;
  readonly path: string;
  readonly fifo: string;
  /** Its master is descriptor 3. */
  readonly hasTerminal: boolean;
  readonly whenFull?: "drop";
}

const [directory = "", ...containers] = process.argv.slice(2);
const logs = new Logs({
  directory,
  sources: containers.map((text) => {
    const { fifo, hasTerminal, ...source } = JSON.parse(text) as Killable;
    const stdout = openToRead(fifo);
    if (!hasTerminal) return { ...source, stdout };
    return {
      ...source,
      stdout,
      terminal: { master: 3, into: openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK) },
    };
  }),
  listener: {
    ended: () => undefined,
    hungUp: () => undefined,
    detached: () => undefined,
    warn: (text) => console.error(text),
  },
});
for await (const id of createInterface({ input: process.stdin })) {
  await logs.reopen(id);
  await logs.drain(id, 30_000);
  console.log(id);
}
