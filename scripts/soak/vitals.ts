/** What a process of the daemon or the monitor holds: heap after all garbage is gone, and open descriptors. */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bytesHeldIn } from "./held.ts";

/** Options of Node that make a daemon and its monitor answer here, by sockets in `directory`. */
export const probedBy = (directory: string): readonly string[] => {
  const module = pathToFileURL(fileURLToPath(new URL("probe.ts", import.meta.url)));
  module.searchParams.set("directory", directory);
  return ["--import", module.href];
};

export interface Vitals {
  /** Bytes that the objects of its first thread take, with their buffers. */
  readonly heap: number;
  readonly descriptors: number;
  /** Bytes that are its own and of no file, of all threads, with what V8 and malloc keep for later. */
  readonly memory: number;
}

const ask = (socket: string, question: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    let said = "";
    const connection = connect(socket, () => connection.write(`${question}\n`));
    connection.setEncoding("utf8");
    connection.on("data", (text: string) => (said += text));
    connection.once("error", reject);
    connection.once("end", () => resolve(JSON.parse(said)));
  });

/** Descriptors are counted first: the question needs one. */
export const vitalsOf = async (directory: string, pid: number): Promise<Vitals> => {
  const descriptors = readdirSync(`/proc/${pid}/fd`).length;
  const file = join(directory, `${pid}.heapsnapshot`);
  await snapshotOf(directory, pid, file);
  const heap = bytesHeldIn(readFileSync(file, "utf8"));
  rmSync(file);
  const [, anonymous] = /^Anonymous: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
  return { heap, descriptors, memory: Number(anonymous) * 1024 };
};

/** Writes the heap of its first thread, without garbage, to `file`. */
export const snapshotOf = async (directory: string, pid: number, file: string): Promise<void> => {
  await ask(join(directory, `${pid}.sock`), `snapshot ${file}`);
};
