/** Network interfaces of the calling thread's network namespace, by ioctl (netdevice(7)). */
import { closeSync } from "node:fs";
import { checked, declare } from "./libc.ts";

const socket = declare<(domain: number, type: number, protocol: number) => number>(
  "int socket(int domain, int type, int protocol)",
);
const ioctl = declare<(fd: number, request: number, argument: Buffer) => number>(
  "int ioctl(int fd, unsigned long request, void *argument)",
);

const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 0x80002;
const SIOCGIFFLAGS = 0x8913;
const SIOCSIFFLAGS = 0x8914;
const IFF_UP = 1;
/** struct ifreq: 16 bytes of name, then the flags as a short. */
const sizeOfIfreq = 40;
const flagsAt = 16;

const withInterface = <Result>(name: string, work: (fd: number, request: Buffer) => Result): Result => {
  const request = Buffer.alloc(sizeOfIfreq);
  request.write(name, 0, 15, "latin1");
  const fd = checked(socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0), "socket", name);
  try {
    checked(ioctl(fd, SIOCGIFFLAGS, request), "ioctl SIOCGIFFLAGS", name);
    return work(fd, request);
  } finally {
    closeSync(fd);
  }
};

/** Throws SystemError: ENODEV where there is no such interface. */
export const bringUp = (name: string): void => {
  withInterface(name, (fd, request) => {
    request.writeInt16LE(request.readInt16LE(flagsAt) | IFF_UP, flagsAt);
    checked(ioctl(fd, SIOCSIFFLAGS, request), "ioctl SIOCSIFFLAGS", name);
  });
};

/** Throws SystemError: ENODEV where there is no such interface. */
export const isUp = (name: string): boolean =>
  withInterface(name, (_, request) => (request.readInt16LE(flagsAt) & IFF_UP) !== 0);
