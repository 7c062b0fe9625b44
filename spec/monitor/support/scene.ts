/** A monitor, a daemon and plain containers for specs of what goes in and out of them, at whose end nothing may be left. */
import assert from "node:assert/strict";
import { closeSync, readdirSync } from "node:fs";
import { afterEach, beforeEach } from "node:test";
import { join } from "node:path";
import type { ProcessName } from "../../../src/drivers/monitor/monitor.ts";
import { eventually } from "../../support/kubelet.ts";
import { daemonIn, gone, makeRunDir, removeDirs, type Daemon } from "./daemon.ts";
import { PlainContainer, removeCgroupParents, type Plan } from "./plain-container.ts";

export type Running = PlainContainer & { readonly init: ProcessName };

export interface StreamScene {
  readonly daemon: Daemon;
  readonly scratch: string;
  readonly runDir: string;
  /** Of the monitor that was reached last. */
  readonly pid: number;
  launch(plan: Plan): Promise<Running>;
  /** With a terminal. */
  launchInTerminal(plan: Plan): Promise<Running>;
  killMonitor(): Promise<void>;
  reconnect(): Promise<void>;
  /** The daemon dies, as far as the monitor and the kernel can see; another one comes, and watches these. */
  nextDaemon(...watched: readonly Running[]): Promise<void>;
  /** Resolves when its output so far has this in it. */
  said(container: Running, text: string): Promise<void>;
  putAway(...containers: readonly Running[]): Promise<void>;
}

/** In a `describe`. `nodeOptions`: of the monitor, by its run directory. */
export const setStreamScene = (nodeOptions: (runDir: string) => readonly string[] = () => []): StreamScene => {
  let [runDir, scratch, pid] = ["", "", 0];
  let daemon: Daemon;

  beforeEach(async () => {
    [runDir, scratch] = [makeRunDir(), makeRunDir()];
    daemon = daemonIn(runDir, undefined, undefined, undefined, nodeOptions(runDir));
    ({ pid } = await daemon.link.connect(daemon.listener));
  });
  afterEach(async () => {
    daemon.link.close();
    await gone(pid);
    assert.deepEqual(readdirSync(runDir).toSorted(), ["exits", "monitor.lock", "monitor.log"]);
    assert.deepEqual(readdirSync(join(runDir, "exits")), []);
    removeDirs(runDir, scratch);
    removeCgroupParents();
  });

  const launch = async (plan: Plan): Promise<Running> => {
    const container = new PlainContainer(scratch, plan);
    const init = await daemon.link.create(container.request);
    container.start();
    return Object.assign(container, { init });
  };
  return {
    get daemon() {
      return daemon;
    },
    get scratch() {
      return scratch;
    },
    get runDir() {
      return runDir;
    },
    get pid() {
      return pid;
    },
    launch,
    launchInTerminal: (plan) => launch({ ...plan, console: (id) => daemon.link.console(id) }),
    async killMonitor() {
      const lost = daemon.lost();
      process.kill(pid, "SIGKILL");
      await lost;
    },
    async reconnect() {
      ({ pid } = await daemon.link.connect(daemon.listener));
    },
    async nextDaemon(...watched) {
      daemon.link.close();
      daemon = daemonIn(runDir, "second");
      for (const { id, init } of watched) daemon.link.watch(id, init);
      ({ pid } = await daemon.link.connect(daemon.listener));
    },
    said: async (container, text) =>
      void (await eventually(text, 20_000, () => container.output.includes(text) || undefined)),
    async putAway(...containers) {
      for (const container of containers) {
        await daemon.link.acknowledge(container.id);
        container.delete();
        await daemon.link.forget(container.id);
      }
    },
  };
};

/** Uses a descriptor that the link has given, and closes it. */
export const withFd = <Value>(fd: number | undefined, use: (fd: number) => Value): Value => {
  assert(fd !== undefined);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
};
