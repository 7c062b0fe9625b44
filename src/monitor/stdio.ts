/** Descriptors that become the streams of an OCI runtime, and so of what it starts. */
import { closeSync } from "node:fs";

export interface Stdio {
  /** Absent: at its end. */
  readonly stdin?: number;
  readonly stdout: number;
  readonly stderr: number;
}

/** How to open each. */
export type Opening = { readonly [Stream in keyof Stdio]: () => number };

/** All of them, or none. */
export const openStdio = ({ stdin, stdout, stderr }: Opening): Stdio => {
  const opened: number[] = [];
  const keep = (open: () => number): number => {
    const fd = open();
    opened.push(fd);
    return fd;
  };
  try {
    return { stdout: keep(stdout), stderr: keep(stderr), ...(stdin && { stdin: keep(stdin) }) };
  } catch (error) {
    for (const fd of opened) closeSync(fd);
    throw error;
  }
};

export const closeStdio = ({ stdin, stdout, stderr }: Stdio): void => {
  for (const fd of [stdin, stdout, stderr]) if (fd !== undefined) closeSync(fd);
};
