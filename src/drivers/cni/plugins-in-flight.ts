/**
 * Plugins that a dead daemon left at work, found in /proc by the sandbox in their environment; what they started has it too.
 * A DEL beside an ADD that still runs succeeds, and what the ADD makes after it stays for ever.
 */
import { Overdue } from "../../errors.ts";
import { shortId } from "../../vocabulary/index.ts";
import { isErrno } from "../linux/libc.ts";
import { END_WITHIN_MS, nextToolsAtWork, noneWithin } from "../linux/tools-at-work.ts";

/** Pids of the plugins that work on this sandbox, and of what they started. */
export const pluginsInFlight = async (id: string): Promise<readonly number[]> => {
  const tools = await nextToolsAtWork("environ");
  return tools.filter(({ strings }) => strings.includes(`CNI_CONTAINERID=${id}`)).map(({ pid }) => pid);
};

const kill = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!isErrno(error, "ESRCH")) throw error;
  }
};

/**
 * Resolves when there are none; those there are after `boundMs` are killed, one by one and again: the group of a plugin that is
 * dead has no leader to be known by. Throws Overdue for one that does not die.
 */
export const settlePlugins = async (id: string, boundMs: number): Promise<void> => {
  const find = (): Promise<readonly number[]> => pluginsInFlight(id);
  if (await noneWithin(find, boundMs)) return;
  if (await noneWithin(find, END_WITHIN_MS, kill)) return;
  throw new Overdue(
    `CNI plugins for sandbox ${shortId(id)} do not end although killed: pid ${(await find()).join(", ")}; see /proc/PID/stack`,
  );
};
