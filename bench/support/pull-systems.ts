/** Systems for `pull`: each begins with nothing, on a disk of its own that was made just now. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { watchedLoop } from "../../spec/support/loop-delay.ts";
import { troupePeer } from "../peers/troupe.ts";
import { containerd } from "./containerd.ts";
import { loopDisk, type LoopDisk } from "./loop-disk.ts";
import { place, repository } from "./place.ts";
import { ourName } from "./results.ts";
import type { System } from "./system.ts";

const dir = join(place, "pull");
const runroot = "/run/troupe-pull";

export interface Fresh {
  readonly system: System;
  readonly disk: LoopDisk;
  /** Its disk goes with it. */
  end(): Promise<void>;
}

/** Where it keeps its images, and how it is started. */
const kinds = {
  [ourName]: () => ours(["sh", join(repository, "bin", "troupe")]),
  "containerd-runc": () => containerd("containerd-runc", "/usr/sbin/runc", join(dir, "containerd")),
} as const;

const roots = { [ourName]: join(dir, "troupe", "root"), "containerd-runc": join(dir, "containerd", "root") } as const;
export type Kind = keyof typeof kinds;
export const kindsOfPull = Object.keys(kinds) as Kind[];

const ours = (program: readonly [string, ...string[]]) =>
  troupePeer({ name: ourName, program, runroot, root: roots[ourName], dir: join(dir, "troupe") });

/** Where a watched Troupe tells how late its event loop is. */
export const loopFile = join(dir, "loop");

/** `watched`: Troupe with an eye on its event loop, which costs it a little. */
export const fresh = async (kind: Kind, { watched = false } = {}): Promise<Fresh> => {
  const disk = loopDisk(roots[kind]);
  const node = ["sh", join(repository, "scripts", "node.sh"), "--max-semi-space-size=2"] as const;
  const program = [...node, ...watchedLoop(loopFile, "serve"), join(repository, "dist", "troupe.js")] as const;
  const system = await (watched ? ours(program) : kinds[kind]()).start();
  return {
    system,
    disk,
    async end() {
      await system.stop();
      disk.end();
      rmSync(runroot, { recursive: true, force: true });
    },
  };
};
