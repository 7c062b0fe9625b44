/**
 * Records that outlive the boot: images, network attachments, leaks. SQLite (WAL, synchronous=FULL) in a worker thread.
 *
 * What is queued while a transaction commits becomes the next one, so a slow disk makes larger transactions, not a longer
 * queue. A promise resolves when its change is on the disk. Changes are made in the order in which they were asked for.
 */
import { Worker } from "node:worker_threads";
import { Exhausted, Failed, fromFailure } from "../../errors.ts";
import type { QueueFigures } from "../../vocabulary/index.ts";
import { program } from "../linux/program.ts";
import type { Answer, Question, Row } from "./durable-messages.ts";

export type { Row } from "./durable-messages.ts";
export type Table = "images" | "attachments" | "leaks";

export interface Change {
  readonly table: Table;
  readonly key: string;
  /** null: the record goes, if there is one. */
  readonly json: string | null;
}

export interface DurableStore {
  put(table: Table, key: string, json: string): Promise<void>;
  /** One that is not there is fine. */
  remove(table: Table, key: string): Promise<void>;
  /** All of them or none. Throws Exhausted: too much is queued, or the disk is full. */
  commit(changes: readonly Change[]): Promise<void>;
  /** By key, with all changes asked for before. */
  all(table: Table): Promise<readonly Row[]>;
  /** After all that was asked for. */
  close(): Promise<void>;
}

export interface RealDurableStore extends DurableStore {
  /** Bytes that wait for the disk. */
  readonly queue: QueueFigures;
}

export interface DurableOptions {
  /** `/var/lib/troupe/troupe.db`; made with its directory where it is not there. */
  readonly file: string;
  /** Begun before, for this file; absent: it is begun now. */
  readonly thread?: StoreThread;
  /** So many bytes may wait for the disk (default: 32 MiB). */
  readonly maxQueuedBytes?: number;
  /** The store can do nothing any more; every call is rejected with this from now on. Called once. */
  readonly failed: (error: Error) => void;
}

interface Waiting {
  readonly question: Question;
  readonly bytes: number;
  readonly resolve: (rows: readonly Row[]) => void;
  readonly reject: (error: Error) => void;
}

/** A store's thread that has not opened anything yet. */
export interface StoreThread {
  readonly worker: Worker;
  /** 1: it may. */
  readonly mayOpen: Int32Array;
  /** Why it is there no more. */
  readonly ended: Promise<Error>;
}

/** Starts it: some 40 ms, which who has other things to do before the file may be opened need not wait for. */
export const storeThread = (file: string): StoreThread => {
  const mayOpen = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(program("durable-thread", import.meta.url), { workerData: { file, mayOpen } });
  const ended = new Promise<Error>((resolve) => {
    worker.on("error", (error) => resolve(new Failed(`the store ${file} failed: ${messageOf(error)}`, error)));
    worker.on("exit", (code) => resolve(new Failed(`the thread of the store ${file} ended with status ${code}`)));
  });
  return { worker, mayOpen, ended };
};

/** Resolves when the file is open. Throws Failed for one that a newer Troupe has written. */
export const durableStore = async ({ file, failed, ...options }: DurableOptions): Promise<RealDurableStore> => {
  const most = options.maxQueuedBytes ?? 32 << 20;
  const thread = options.thread ?? storeThread(file);
  const { worker } = thread;
  let queue: Waiting[] = [];
  let underWay: readonly Waiting[] = [];
  let queuedBytes = 0;
  let refused = 0;
  let failure: Error | undefined;
  let isOpen = false;
  let closing = false;

  const next = (): void => {
    if (underWay.length > 0 || queue.length === 0) return;
    [underWay, queue] = [queue, []];
    worker.postMessage(underWay.map(({ question }) => question));
  };
  const fail = (error: Error): void => {
    if (failure) return;
    failure = error;
    for (const { reject } of [...underWay, ...queue]) reject(error);
    [underWay, queue] = [[], []];
    void worker.terminate();
    if (isOpen) failed(error);
  };
  const ask = (question: Question, bytes: number): Promise<readonly Row[]> =>
    new Promise((resolve, reject) => {
      if (failure) return reject(failure);
      if (closing) return reject(new Failed(`the store ${file} is closed`));
      if (bytes > 0 && queuedBytes + bytes > most) {
        refused += 1;
        return reject(new Exhausted(`${queuedBytes} bytes wait for ${file} already, ${most} is the limit`));
      }
      queuedBytes += bytes;
      queue.push({ question, bytes, resolve, reject });
      next();
    });

  const opened = new Promise<void>((resolve, reject) => {
    worker.on("message", (answers: readonly Answer[] | "open") => {
      if (answers === "open") {
        isOpen = true;
        return resolve();
      }
      const answered = underWay;
      underWay = [];
      for (const [index, { bytes, resolve, reject }] of answered.entries()) {
        const answer = answers[index];
        queuedBytes -= bytes;
        if (answer && "rows" in answer) resolve(answer.rows);
        else reject(fromFailure(answer?.failure ?? { code: "Failed", text: `the store ${file} gave no answer` }));
      }
      next();
    });
    void thread.ended.then((error) => {
      reject(error);
      if (!closing) fail(error);
    });
  });
  Atomics.store(thread.mayOpen, 0, 1);
  Atomics.notify(thread.mayOpen, 0);
  await opened;

  const commit = async (changes: readonly Change[]): Promise<void> => {
    const bytes = changes.reduce((sum, { key, json }) => sum + key.length + (json?.length ?? 0) + 64, 0);
    if (changes.length > 0) await ask({ changes }, bytes);
  };
  return {
    get queue() {
      return { length: queuedBytes, bound: most, refused };
    },
    commit,
    put: (table, key, json) => commit([{ table, key, json }]),
    remove: (table, key) => commit([{ table, key, json: null }]),
    all: (table) => ask({ all: table }, 0),
    async close() {
      if (failure || closing) return;
      const last = ask({ close: true }, 0);
      closing = true;
      await last;
      await worker.terminate();
    },
  };
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
