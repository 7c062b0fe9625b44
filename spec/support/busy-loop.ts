/** A daemon whose loop can be made to stand still, in a function called `busyHook`. */

/** Options of Node for such a daemon; it stands still for `ms` after each call of `wedge`. */
export const withBusyHook = (ms: number): readonly string[] => {
  const hook = new URL("busy-hook.ts", import.meta.url);
  hook.search = String(new URLSearchParams({ word: "serve", ms: String(ms) }));
  return ["--import", hook.href];
};

export const wedge = (pid: number): void => void process.kill(pid, "SIGUSR2");
