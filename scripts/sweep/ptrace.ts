/** ptrace(2), as far as a sweep needs it: to stop a process at each of its system calls, and to let one fail. */
import { checked, declare } from "../../src/drivers/linux/libc.ts";

const SEIZE = 0x4206;
const INTERRUPT = 0x4207;
const LISTEN = 0x4208;
const GET_SYSCALL_INFO = 0x420e;
const SYSCALL = 24;
const POKEUSER = 6;
const WALL = 0x40000000;
/** Syscall stops are told apart from signals, and new threads are traced as well; processes that it starts are not. */
const OPTIONS = 0x1 | 0x8;
const SYSCALL_TRAP = 0x85;
const EVENT_STOP = 128;
const STOPPING = [19, 20, 21, 22];

const withNumber = declare<(request: number, pid: number, address: number, data: number) => number>(
  "long ptrace(long request, int pid, uintptr_t address, intptr_t data)",
);
const withBuffer = declare<(request: number, pid: number, address: number, data: Uint8Array) => number>(
  "long ptrace(long request, int pid, uintptr_t address, _Out_ uint8_t *data)",
);
const waitpid = declare<(pid: number, status: Int32Array, options: number) => number>(
  "int waitpid(int pid, _Out_ int32_t *status, int options)",
);

/** Begins to trace a thread, which stops at once. */
export const seize = (tid: number): void => {
  checked(withNumber(SEIZE, tid, 0, OPTIONS), "ptrace", `SEIZE ${tid}`);
  checked(withNumber(INTERRUPT, tid, 0, 0), "ptrace", `INTERRUPT ${tid}`);
};

/** A thread stands before a system call, or behind it. */
export type SyscallStop =
  | { readonly tid: number; readonly is: "entry"; readonly number: number; readonly args: readonly number[] }
  | { readonly tid: number; readonly is: "exit" };

const info = new Uint8Array(88);
const view = new DataView(info.buffer);

const stopOf = (tid: number): SyscallStop | undefined => {
  if (withBuffer(GET_SYSCALL_INFO, tid, info.length, info) < 0) return undefined; // it was killed meanwhile
  if (info[0] !== 1) return { tid, is: "exit" };
  const word = (index: number): number => Number(view.getBigUint64(24 + 8 * index, true));
  return { tid, is: "entry", number: word(0), args: [1, 2, 3, 4].map(word) };
};

/** Lets a thread go on to its next system call; one that was killed meanwhile is fine. */
const goOn = (tid: number, signal = 0): void => void withNumber(SYSCALL, tid, 0, signal);

/**
 * Calls `stopped` at each syscall stop of the threads that are traced, which go on behind it; ends when it answers true, or
 * with the last of them.
 */
export const followSyscalls = (stopped: (stop: SyscallStop) => boolean): void => {
  const status = new Int32Array(1);
  for (;;) {
    const tid = waitpid(-1, status, WALL);
    if (tid < 0) return; // ECHILD: they have ended
    const word = status[0] ?? 0;
    if ((word & 0xff) !== 0x7f) continue; // a thread has ended
    const [signal, event] = [(word >> 8) & 0xff, word >> 16];
    if (signal === SYSCALL_TRAP) {
      const stop = stopOf(tid);
      if (stop && stopped(stop)) return;
      goOn(tid);
    } else if (event === EVENT_STOP && STOPPING.includes(signal)) withNumber(LISTEN, tid, 0, 0);
    else goOn(tid, event === 0 ? signal : 0);
  }
};

/** Only there: elsewhere a call cannot be made to fail by this file. */
export const canRefuse = process.arch === "x64";
const RAX = 8 * 10;
const ORIG_RAX = 8 * 15;

/** At its entry: the kernel does not make the call. */
export const skip = (tid: number): void =>
  void checked(withNumber(POKEUSER, tid, ORIG_RAX, -1), "ptrace", `POKEUSER ${tid}`);
/** At its exit: what it answers, in place of the kernel. */
export const answer = (tid: number, value: number): void =>
  void checked(withNumber(POKEUSER, tid, RAX, value), "ptrace", `POKEUSER ${tid}`);
