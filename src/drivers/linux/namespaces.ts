/**
 * Switches of the calling thread's namespaces and pins of them: a pin is an nsfs file, bound onto a plain one.
 *
 * Between a switch and the way back only synchronous code may run: asynchronous calls would be served by threads, and go on
 * later, in other namespaces than their caller thinks. libuv's pool must have been warmed up before (`pool.ts`).
 */
import { closeSync, openSync, statfsSync } from "node:fs";
import { checked, declare, isErrno } from "./libc.ts";

export type NamespaceKind = "net" | "ipc" | "uts";

const cloneFlags: Readonly<Record<NamespaceKind, number>> = { net: 0x40000000, ipc: 0x08000000, uts: 0x04000000 };
const NSFS_MAGIC = 0x6e736673;

const unshare = declare<(flags: number) => number>("int unshare(int flags)");
const setns = declare<(fd: number, kind: number) => number>("int setns(int fd, int kind)");
const sethostname = declare<(name: string, length: number) => number>(
  "int sethostname(const char *name, size_t length)",
);

/** The calling thread's own namespace: bound somewhere, it lives on there. */
export const currentNamespace = (kind: NamespaceKind): string => `/proc/thread-self/ns/${kind}`;

/** Runs `work` and brings the thread back. A thread that cannot come back must not serve anybody: it ends the process. */
const comingBack = <Result>(kinds: readonly NamespaceKind[], leave: () => void, work: () => Result): Result => {
  const homes: { readonly kind: NamespaceKind; readonly fd: number }[] = [];
  try {
    for (const kind of kinds) homes.push({ kind, fd: openSync(currentNamespace(kind), "r") });
    leave();
    return work();
  } finally {
    for (const { kind, fd } of homes) {
      if (setns(fd, cloneFlags[kind]) !== 0) process.abort();
      closeSync(fd);
    }
  }
};

/** Runs synchronous `work` in new namespaces, which end with it unless it pins them. */
export const inNewNamespaces = <Result>(kinds: readonly NamespaceKind[], work: () => Result): Result => {
  const flags = kinds.reduce((all, kind) => all | cloneFlags[kind], 0);
  return comingBack(kinds, () => checked(unshare(flags), "unshare", kinds.join(", ")), work);
};

/** Runs synchronous `work` in namespaces of a process, whose user namespace may be another. */
export const inNamespacesOf = <Result>(pid: number, kinds: readonly NamespaceKind[], work: () => Result): Result => {
  const enter = (kind: NamespaceKind): void => {
    const there = openSync(`/proc/${pid}/ns/${kind}`, "r");
    try {
      checked(setns(there, cloneFlags[kind]), "setns", `${kind} of process ${pid}`);
    } finally {
      closeSync(there);
    }
  };
  return comingBack(kinds, () => kinds.forEach(enter), work);
};

/** Runs synchronous `work` in a pinned namespace. */
export const inNamespace = <Result>(kind: NamespaceKind, pin: string, work: () => Result): Result => {
  const there = openSync(pin, "r");
  try {
    return comingBack([kind], () => checked(setns(there, cloneFlags[kind]), "setns", pin), work);
  } finally {
    closeSync(there);
  }
};

/** Whether `path` is a namespace, and not the plain file that a pin without its mount leaves behind. */
export const isNamespace = (path: string): boolean => {
  try {
    return statfsSync(path).type === NSFS_MAGIC;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return false;
    throw error;
  }
};

/** Names the calling thread's UTS namespace; EINVAL above 64 bytes. */
export const setHostname = (name: string): void => {
  checked(sethostname(name, Buffer.byteLength(name)), "sethostname", name);
};
