/** As many processes as there are cores, each with a piece of work at a time. */
import { fork, type ChildProcess } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { Done, Work } from "./messages.ts";

const worker = fileURLToPath(new URL("worker.ts", import.meta.url));

const ask = (child: ChildProcess, work: Work): Promise<Done> =>
  new Promise((resolve, reject) => {
    const gone = (code: number | null): void =>
      reject(new Error(`a process of the simulation ended with ${String(code)}`));
    child.once("exit", gone);
    child.once("message", (done: Done) => {
      child.off("exit", gone);
      resolve(done);
    });
    child.send(work);
  });

/** Does all the work; `told` of each piece as it is done. */
export const crewed = async (pieces: readonly Work[], told: (done: Done) => void): Promise<void> => {
  const waiting = [...pieces];
  const lane = async (): Promise<void> => {
    const child = fork(worker, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    try {
      for (let work = waiting.shift(); work; work = waiting.shift()) told(await ask(child, work));
    } finally {
      child.disconnect();
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), pieces.length) }, lane));
};
