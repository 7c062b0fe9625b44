/**
 * Loaded into daemon and monitor by `node --import`, for the product itself carries none of this: each of them listens on a
 * socket of its own, `PID.sock`, and answers a line with a line of JSON. The directory of the sockets comes in the query of this
 * module's own address: the daemon gives its Node's options on to the monitor, but no environment. Threads beside the first do
 * not answer: the monitor's log thread waits in epoll, not in an event loop.
 *
 *   snapshot FILE     collects all garbage, then writes a heap snapshot there
 */
import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setFlagsFromString, writeHeapSnapshot } from "node:v8";
import { runInNewContext } from "node:vm";
import { isMainThread } from "node:worker_threads";

const directory = new URL(import.meta.url).searchParams.get("directory") ?? "/run";
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** What one collection frees may hold what only the next one can: finalizers run between them. */
const collectAll = async (): Promise<void> => {
  for (let time = 0; time < 3; time++) {
    collect();
    await new Promise(setImmediate);
  }
};

const answer = async (question: string): Promise<object> => {
  await collectAll();
  const [, file = ""] = question.trim().split(" ");
  return { file: writeHeapSnapshot(file) };
};

const listen = (): void => {
  const path = join(directory, `${process.pid}.sock`);
  rmSync(path, { force: true }); // of the program that this one replaced in its process
  const server = createServer((socket) => {
    socket.once("data", (question) => {
      void answer(question.toString()).then((said) => socket.end(`${JSON.stringify(said)}\n`));
    });
    socket.on("error", () => {}); // whoever asked has left
  });
  server.listen(path);
  server.unref();
};

if (isMainThread) listen();
