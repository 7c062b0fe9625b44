/** The file of a log: opened to append, and found again where somebody has renamed it. */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { isErrno } from "../linux/libc.ts";

export interface LogFile {
  readonly fd: number;
  readonly inode: number;
}

/** For recovery it is read as well. */
const TO_APPEND = constants.O_RDWR | constants.O_APPEND;

const opened = (path: string, flags: number): LogFile => {
  const fd = openSync(path, flags, 0o640);
  return { fd, inode: fstatSync(fd).ino };
};

/** What is at the path, or a new file. Throws Node's error. */
export const openLog = (path: string): LogFile => opened(path, TO_APPEND | constants.O_CREAT);

/** The kubelet makes the directory; other clients forget to. */
export const openFirst = (path: string): LogFile => {
  try {
    return openLog(path);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
    mkdirSync(dirname(path), { recursive: true });
    return openLog(path);
  }
};

/** A new file in the place of a temporary one. */
export const openAnew = (path: string): LogFile => opened(path, TO_APPEND | constants.O_CREAT | constants.O_TRUNC);

/** The file of this inode beside `path`: the kubelet rotates a log by renaming it in its directory. Absent: it is gone. */
export const findRenamed = (path: string, inode: number): LogFile | undefined => {
  const directory = dirname(path);
  for (const name of readdirSync(directory)) {
    const each = join(directory, name);
    const found = statSync(each, { throwIfNoEntry: false });
    if (found?.ino !== inode || !found.isFile()) continue;
    const file = opened(each, TO_APPEND);
    if (file.inode === inode) return file;
    closeLog(file); // renamed once more in between
  }
  return undefined;
};

export const closeLog = ({ fd }: LogFile): void => closeSync(fd);

/** A log whose disk did not take all: how much it took. */
export class ShortWrite extends Error {
  readonly written: number;
  constructor(written: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.written = written;
  }
}

/** Appends all of the first `length` bytes from `from` on, or throws ShortWrite. */
export const append = ({ fd }: LogFile, bytes: Buffer, from: number, length: number): void => {
  let written = from;
  try {
    while (written < length) written += writeSync(fd, bytes, written, length - written);
  } catch (error) {
    throw new ShortWrite(written, error);
  }
};

export const sizeOf = ({ fd }: LogFile): number => fstatSync(fd).size;

export const cut = ({ fd }: LogFile, length: number): void => ftruncateSync(fd, length);

/** The bytes from `offset` to the end of the log, as far as they fit into `into`. */
export const readFrom = ({ fd }: LogFile, offset: number, into: Buffer): Buffer => {
  let length = 0;
  for (let read = -1; read !== 0 && length < into.length; length += read)
    read = readSync(fd, into, length, into.length - length, offset + length);
  return into.subarray(0, length);
};
