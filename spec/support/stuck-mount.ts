/** A file system that stops answering, as a dead NFS does: whoever looks at it sleeps and cannot be killed. In a test node only. */
import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { eventually } from "./kubelet.ts";
import type { News, Order } from "./stuck-server.ts";

const server = fileURLToPath(new URL("stuck-server.ts", import.meta.url));
/** A memory file system is put over it: no spec writes to the machine's own disk, and no census looks in here. */
const place = "/mnt";

export interface StuckMount {
  /** A directory in it; names with a dot are files. */
  readonly path: string;
  /** From now on nothing is answered, but for what these programs ask (their names as in /proc/PID/comm). */
  hold(...allBut: readonly string[]): Promise<void>;
  /** It answers again, first what it has kept waiting. */
  answer(): Promise<void>;
  /** Resolves when so many wait. */
  holds(count: number): Promise<void>;
  /** Unmounts it; who still waits gets an error. */
  end(): Promise<void>;
}

/** To be made before a test bed, so that its census takes it for part of the node. */
export const stuckMount = async (): Promise<StuckMount> => {
  execFileSync("mount", ["-t", "tmpfs", "stuck", place]);
  const at = `${place}/stuck`;
  mkdirSync(at);
  const child = fork(server, [at], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  let held = 0;
  child.on("message", (news: News) => (held = news.held));
  await once(child, "message");
  const obey = async (order: Order): Promise<void> => {
    const obeyed = once(child, "message");
    child.send(order);
    await obeyed;
  };
  return {
    path: `${at}/volume`,
    hold: (...allBut) => obey({ hold: { allBut } }),
    answer: () => obey({ answer: true }),
    holds: async (count) =>
      void (await eventually(`${count} who wait for ${at}`, 20_000, () => held >= count || undefined)),
    end: async () => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
      execFileSync("umount", ["-l", at]);
      execFileSync("umount", [place]);
    },
  };
};
