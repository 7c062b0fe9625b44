/** What specs of a monitor's driver have at hand: daemons, containers, and the one monitor between them. */
import assert from "node:assert/strict";
import { afterEach, beforeEach } from "node:test";
import type { CreateRequest, ExecRequest, Monitor, MonitorGreeting } from "../../../src/drivers/monitor/monitor.ts";
import type { ProcessName } from "../../../src/monitor/protocol.ts";
import type { ContainerId, Exit } from "../../../src/vocabulary/index.ts";
import { openEar, type Ear } from "./ear.ts";

export interface StagedExec {
  readonly request: ExecRequest;
  /** The command, which waits, ends by itself. */
  end(code: number): void;
}

export interface StagedContainer {
  readonly id: ContainerId;
  readonly request: CreateRequest;
  start(): Promise<void>;
  /** Its program, which waits, ends by itself. */
  end(code: number): void;
  /** SIGKILL for its first process, or for all of it. */
  kill(all?: boolean): Promise<void>;
  exec(): StagedExec;
  /** Takes it from the OCI runtime, whatever its state. */
  remove(): Promise<void>;
}

/** One whose create waits in the middle. */
export interface SlowContainer extends StagedContainer {
  begun(): Promise<void>;
  go(): void;
  /** Resolves when it is made. */
  made(): Promise<void>;
}

/** What it has beside output. */
export interface Streaming {
  readonly stdin?: boolean;
  readonly terminal?: boolean;
}

export interface MonitorStage {
  /** The driver of one daemon more. */
  link(): Monitor;
  /** One that does not wait long for an answer. */
  impatient(): Monitor;
  /** `inside`: it joins the process namespace whose first process this is. */
  container(inside?: ProcessName, streaming?: Streaming & Pick<Monitor, "console">): StagedContainer;
  /** A FIFO that somebody holds to read. */
  reader(): { readonly path: string };
  /** A descriptor that the monitor's driver has given. */
  close(fd: number): void;
  /** One that the OCI runtime cannot create. */
  impossible(): StagedContainer;
  slow(): SlowContainer;
  killMonitor(pid: number): void;
  /** Stops it, or lets it go on. */
  hangMonitor(pid: number, hangs: boolean): void;
  /** Resolves when a question that nobody answers is over. */
  outlastQuestions(): Promise<void>;
  /** As if it could not have been written: the disk was full. */
  loseExitFile(id: ContainerId): void;
  /** Resolves when this monitor has left. */
  gone(pid: number): Promise<void>;
  /** Fails where anything of a container is left. */
  dispose(): void;
}

export interface Daemon extends Ear {
  readonly link: Monitor;
  readonly greeting: MonitorGreeting;
}

export type Launched = StagedContainer & { readonly init: ProcessName };

export interface Scene {
  readonly stage: MonitorStage;
  /** Of the monitor that was reached last. */
  readonly pid: number;
  /** The driver of one daemon more, which is let go of in the end. */
  link(): Monitor;
  /** One that does not wait long for an answer. */
  impatient(): Monitor;
  connect(link: Monitor): Promise<Daemon>;
  /** One daemon more. */
  open(): Promise<Daemon>;
  /** Resolves when this daemon has heard of it. */
  killMonitor(daemon: Daemon): Promise<void>;
  launch(daemon: Daemon, inside?: ProcessName): Promise<Launched>;
  putAway(daemon: Daemon, ...containers: readonly StagedContainer[]): Promise<void>;
}

export const LONG_MS = 60_000;
export const nobody: ProcessName = { pid: 4_000_000, startTicks: 1 };
export const killed = { signal: 9, oomKilled: false };

/** An exit without its time. */
export const howOf = ({ at, ...how }: Exit): object => {
  assert.match(at, /^\d{19}$/);
  return how;
};

/** In a `describe`: a scene that is set anew for each spec, and at whose end nothing may be left. */
export const setScene = (make: () => MonitorStage): Scene => {
  let stage: MonitorStage;
  let links: Monitor[];
  let pid: number;
  beforeEach(() => {
    stage = make();
    links = [];
  });
  afterEach(async () => {
    for (const link of links) link.close();
    await stage.gone(pid);
    stage.dispose();
  });

  const kept = (made: Monitor): Monitor => {
    links.push(made);
    return made;
  };
  const link = (): Monitor => kept(stage.link());
  const connect = async (link: Monitor): Promise<Daemon> => {
    const ear = openEar();
    const greeting = await link.connect(ear.listener);
    ({ pid } = greeting);
    return { ...ear, link, greeting };
  };
  return {
    get stage() {
      return stage;
    },
    get pid() {
      return pid;
    },
    link,
    impatient: () => kept(stage.impatient()),
    connect,
    open: () => connect(link()),
    async killMonitor({ lost }) {
      const heard = lost();
      stage.killMonitor(pid);
      await heard;
    },
    async launch({ link }, inside) {
      const container = stage.container(inside);
      const init = await link.create(container.request);
      await container.start();
      return { ...container, init };
    },
    async putAway({ link }, ...containers) {
      for (const container of containers) {
        await link.acknowledge(container.id);
        await container.remove();
        await link.forget(container.id);
      }
    },
  };
};
