/** What a loss of power takes with it, taken by hand: processes, mounts, cgroups; and what the kernel says of the next boot. */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { killAndAwait, monitorOf, type TestDaemon } from "./daemon.ts";

const BOOT_ID = "/proc/sys/kernel/random/boot_id";
const ID = /[0-9a-f]{64}/;

const run = (program: string, ...args: readonly string[]): void => void execFileSync(program, args, { stdio: "pipe" });
const lines = (program: string, ...args: readonly string[]): readonly string[] =>
  execFileSync(program, args, { encoding: "utf8" }).split("\n").filter(Boolean);

/** The daemon, its monitor and `processes` end; `dark` is called then. What is mounted for pods goes, and their cgroups. */
export const losePower = async (
  daemon: TestDaemon,
  processes: readonly number[],
  dark: () => void = () => {},
): Promise<void> => {
  const monitor = monitorOf(daemon);
  await daemon.kill();
  await killAndAwait(monitor);
  for (const pid of processes) await killAndAwait(pid);
  dark();
  const targets = lines("findmnt", "-rn", "-o", "TARGET");
  const own = [...new Set(targets)].filter((target) => target.startsWith(`${daemon.place}/`) || ID.test(target));
  for (const target of own.toReversed()) run("umount", target);
  const cgroups = lines("find", "/sys/fs/cgroup", "-depth", "-type", "d");
  for (const cgroup of cgroups.filter((path) => ID.test(path))) run("rmdir", cgroup);
};

/** The kernel says that this is another boot until `end`; `next` begins one more. */
export const otherBoots = (file: string): { next(): void; end(): void } => {
  const next = (): void => writeFileSync(file, `${randomUUID()}\n`);
  next();
  run("mount", "--bind", file, BOOT_ID);
  return { next, end: () => run("umount", BOOT_ID) };
};
