/** CRI's numbers of signals and Linux's: they differ, and several of CRI's names mean one signal. */
import { Signal } from "./messages/container-config.ts";

// Of the generic ABI, which x86, arm64 and riscv share.
const linuxNumbers: ReadonlyMap<Signal, number> = new Map([
  [Signal.SIGNAL_SIGABRT, 6],
  [Signal.SIGNAL_SIGALRM, 14],
  [Signal.SIGNAL_SIGBUS, 7],
  [Signal.SIGNAL_SIGCHLD, 17],
  [Signal.SIGNAL_SIGCLD, 17],
  [Signal.SIGNAL_SIGCONT, 18],
  [Signal.SIGNAL_SIGFPE, 8],
  [Signal.SIGNAL_SIGHUP, 1],
  [Signal.SIGNAL_SIGILL, 4],
  [Signal.SIGNAL_SIGINT, 2],
  [Signal.SIGNAL_SIGIO, 29],
  [Signal.SIGNAL_SIGIOT, 6],
  [Signal.SIGNAL_SIGKILL, 9],
  [Signal.SIGNAL_SIGPIPE, 13],
  [Signal.SIGNAL_SIGPOLL, 29],
  [Signal.SIGNAL_SIGPROF, 27],
  [Signal.SIGNAL_SIGPWR, 30],
  [Signal.SIGNAL_SIGQUIT, 3],
  [Signal.SIGNAL_SIGSEGV, 11],
  [Signal.SIGNAL_SIGSTKFLT, 16],
  [Signal.SIGNAL_SIGSTOP, 19],
  [Signal.SIGNAL_SIGSYS, 31],
  [Signal.SIGNAL_SIGTERM, 15],
  [Signal.SIGNAL_SIGTRAP, 5],
  [Signal.SIGNAL_SIGTSTP, 20],
  [Signal.SIGNAL_SIGTTIN, 21],
  [Signal.SIGNAL_SIGTTOU, 22],
  [Signal.SIGNAL_SIGURG, 23],
  [Signal.SIGNAL_SIGUSR1, 10],
  [Signal.SIGNAL_SIGUSR2, 12],
  [Signal.SIGNAL_SIGVTALRM, 26],
  [Signal.SIGNAL_SIGWINCH, 28],
  [Signal.SIGNAL_SIGXCPU, 24],
  [Signal.SIGNAL_SIGXFSZ, 25],
]);

/** Linux' number for CRI's; undefined for a number that CRI does not have. */
export const linuxSignal = (cri: Signal): number | undefined =>
  // Real-time signals: CRI's 35 to 65 are Linux' 34 to 64.
  cri >= Signal.SIGNAL_SIGRTMIN && cri <= Signal.SIGNAL_SIGRTMAX ? cri - 1 : linuxNumbers.get(cri);

/** CRI's number for Linux', by the first of its names; CRI's "default" for a number that is no signal there. */
export const criSignal = (linux: number): Signal => {
  if (linux >= 34 && linux <= 64) return linux + 1;
  const named = [...linuxNumbers].find(([, number]) => number === linux);
  return named?.[0] ?? Signal.SIGNAL_RUNTIME_DEFAULT;
};
