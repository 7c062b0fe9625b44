/** Terminals, by their masters (pty(7)): the end of whoever sits in front of it. */
import { constants, openSync } from "node:fs";
import { checked, declare } from "./libc.ts";

const TIOCGWINSZ = 0x5413;
const TIOCSWINSZ = 0x5414;
const TIOCGPTN = 0x80045430;
const TIOCSPTLCK = 0x40045431;

const ioctl = declare<(fd: number, request: number, argument: Buffer) => number>(
  "int ioctl(int fd, unsigned long request, void *argument)",
);

/** Columns and lines, 0 to 65535; a program takes 0 for "not known". */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Who runs in the terminal is told by SIGWINCH. */
export const resizeTerminal = (master: number, { width, height }: Size): void => {
  const size = Buffer.alloc(8);
  size.writeUInt16LE(height, 0);
  size.writeUInt16LE(width, 2);
  checked(ioctl(master, TIOCSWINSZ, size), "ioctl TIOCSWINSZ", `descriptor ${master}`);
};

export const sizeOfTerminal = (master: number): Size => {
  const size = Buffer.alloc(8);
  checked(ioctl(master, TIOCGWINSZ, size), "ioctl TIOCGWINSZ", `descriptor ${master}`);
  return { width: size.readUInt16LE(2), height: size.readUInt16LE(0) };
};

/** Whether a descriptor that came from elsewhere is a terminal's master. */
export const isTerminalMaster = (fd: number): boolean => ioctl(fd, TIOCGPTN, Buffer.alloc(4)) === 0;

/** A new terminal, unlocked; its other end is `/dev/pts/<number>`. Non-blocking. */
export const openTerminal = (): { readonly master: number; readonly path: string } => {
  const master = openSync("/dev/ptmx", constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  const argument = Buffer.alloc(4);
  checked(ioctl(master, TIOCSPTLCK, argument), "ioctl TIOCSPTLCK", "/dev/ptmx");
  checked(ioctl(master, TIOCGPTN, argument), "ioctl TIOCGPTN", "/dev/ptmx");
  return { master, path: `/dev/pts/${argument.readInt32LE(0)}` };
};

const TIOCGSID = 0x5429;

/** Whether some session has the terminal as its own: its processes may open it again (`/dev/tty`) when none has it open. */
export const hasSession = (master: number): boolean => ioctl(master, TIOCGSID, Buffer.alloc(4)) === 0;
