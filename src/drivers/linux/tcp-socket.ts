/** TCP sockets as bare descriptors: a socket belongs to the network namespace that its thread was in when it was made. */
import { checked, declare } from "./libc.ts";

const socket = declare<(domain: number, type: number, protocol: number) => number>(
  "int socket(int domain, int type, int protocol)",
);

const families = { IPv4: 2, IPv6: 10 } as const;
export type InternetFamily = keyof typeof families;

const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;

/** A new socket in the calling thread's namespace, non-blocking and close-on-exec; the caller's to close. */
export const openTcpSocket = (family: InternetFamily): number =>
  checked(socket(families[family], SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket", `${family} TCP`);
