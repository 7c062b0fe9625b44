/** The FIFOs of one container, and the monitor's ends of them (`drivers/linux/fifo.ts` tells who else holds one). */
import { closeSync, readSync } from "node:fs";
import { makeFifo, openBeforeReader, openHolder, openToFeed, openToRead } from "../drivers/linux/fifo.ts";
import { isErrno } from "../drivers/linux/libc.ts";
import type { LogSource } from "../drivers/logs/container-log.ts";
import type { Owner } from "../vocabulary/index.ts";
import type { Places } from "./protocol.ts";
import type { SubjectRecord } from "./records.ts";

/** Descriptors. */
export interface Streams {
  /** To read from. */
  readonly stdout: number;
  /** Absent: it has a terminal. */
  readonly stderr?: number;
  /** Holds its stdin open. Absent: it has none, or no longer. */
  readonly stdin?: number;
  /** Writes what its terminal says into `stdout`, which is at its end without it. */
  readonly into?: number;
  /** Of its terminal; absent beside `into`: it is not here now. */
  readonly master?: number;
}

export interface StreamsPlan {
  readonly stdin?: boolean;
  readonly terminal?: boolean;
  readonly owner?: Owner;
}

/** `isNew`: nobody reads its stdin yet. What there is of FIFOs is taken; a stdin whose name has gone was closed for good. */
export const openStreams = (
  places: Places,
  id: string,
  { stdin = false, terminal = false, owner }: StreamsPlan,
  isNew: boolean,
): Streams => {
  const opened: number[] = [];
  const keep = <Fd extends number | undefined>(fd: Fd): Fd => {
    if (fd !== undefined) opened.push(fd);
    return fd;
  };
  const output = (stream: "stdout" | "stderr"): number => {
    makeFifo(places.fifo(id, stream), owner);
    return keep(openToRead(places.fifo(id, stream)));
  };
  const input = (): number | undefined => {
    const path = places.fifo(id, "stdin");
    if (isNew) makeFifo(path, owner);
    return keep(isNew ? openBeforeReader(path) : openHolder(path));
  };
  try {
    const stdout = output("stdout");
    if (terminal) return { stdout, into: keep(openToFeed(places.fifo(id, "stdout"))) };
    const streams = { stdout, stderr: output("stderr") };
    const holder = stdin ? input() : undefined;
    return holder === undefined ? streams : { ...streams, stdin: holder };
  } catch (error) {
    for (const fd of opened) closeSync(fd);
    throw error;
  }
};

/** What a container's record says of its log. */
export type NotedLog = Partial<Pick<SubjectRecord, "logPath" | "lane" | "logBounds" | "journaldName">>;

/** What the log thread is told. */
export const sourceOf = (
  id: string,
  streams: Streams,
  { logPath, lane, logBounds, journaldName }: NotedLog,
): LogSource => {
  const { stdout, stderr, into, master } = streams;
  const terminal = into === undefined || master === undefined ? undefined : { master, into };
  const log = {
    ...(logPath !== undefined && { path: logPath }),
    ...(lane !== undefined && { lane }),
    ...(journaldName !== undefined && { journaldName }),
  };
  return { id, stdout, ...(stderr !== undefined && { stderr }), ...(terminal && { terminal }), ...log, ...logBounds };
};

/** Those that are there. */
export const endsOf = ({ stdout, stderr, stdin, into, master }: Streams): readonly number[] =>
  [stdout, stderr, stdin, into, master].filter((fd) => fd !== undefined);

export const closeStreams = (streams: Streams): void => {
  for (const fd of endsOf(streams)) closeSync(fd);
};

/** Takes what is in a FIFO now. */
export const takeAll = (fifo: number): Buffer => {
  const pieces: Buffer[] = [];
  for (;;) {
    const piece = Buffer.alloc(16 * 1024);
    const length = readSome(fifo, piece);
    if (length === 0) return Buffer.concat(pieces);
    pieces.push(piece.subarray(0, length));
  }
};

const readSome = (fifo: number, into: Buffer): number => {
  try {
    return readSync(fifo, into);
  } catch (error) {
    if (isErrno(error, "EAGAIN")) return 0;
    throw error;
  }
};
