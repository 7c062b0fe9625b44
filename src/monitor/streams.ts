/** The FIFOs of one container, and the monitor's reading ends of them (`drivers/linux/fifo.ts` tells who else holds one). */
import { closeSync, readSync } from "node:fs";
import { makeFifo, openToRead } from "../drivers/linux/fifo.ts";
import { isErrno } from "../drivers/linux/libc.ts";
import type { Places } from "./protocol.ts";

/** Descriptors to read from. */
export interface Streams {
  readonly stdout: number;
  readonly stderr: number;
}

/** Makes what is not there yet. */
export const openStreams = (places: Places, id: string): Streams => {
  const open = (stream: "stdout" | "stderr"): number => {
    makeFifo(places.fifo(id, stream));
    return openToRead(places.fifo(id, stream));
  };
  const stdout = open("stdout");
  try {
    return { stdout, stderr: open("stderr") };
  } catch (error) {
    closeSync(stdout);
    throw error;
  }
};

export const closeStreams = ({ stdout, stderr }: Streams): void => {
  closeSync(stdout);
  closeSync(stderr);
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
