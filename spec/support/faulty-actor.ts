/** A real daemon in which an actor can be made to throw at whatever comes, as a mistake in its machine would make it. */
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestDaemon } from "./daemon.ts";

const file = join(tmpdir(), `faulty-${process.pid}`);

/** Options of Node for it; it must run from sources. */
export const withFaults = (): readonly string[] => {
  const hook = new URL("faulty-hook.ts", import.meta.url);
  hook.search = String(new URLSearchParams({ file }));
  return ["--import", hook.href];
};

/** From now on `actor` throws; undefined: nobody does. */
export const fault = (daemon: TestDaemon, actor: string | undefined): void => {
  if (actor === undefined) rmSync(file, { force: true });
  else writeFileSync(file, actor);
  process.kill(daemon.life().pid, "SIGUSR2");
};
