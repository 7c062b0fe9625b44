/** A runtime under test, and how a peer is described: one small file in peers/ each. */
import type { CriClient } from "../../src/grpc/client.ts";

export interface Peer {
  readonly name: string;
  /** Starts it on this test node. Resolves when it is ready to run pods. */
  start(): Promise<System>;
}

export interface System {
  readonly name: string;
  /** What exactly ran: programs and their versions. */
  readonly versions: string;
  readonly client: CriClient;
  /** Where its own words go. */
  readonly log: string;
  /** Its processes by name: daemon, monitor, shims. Not the containers', nor what runs for a moment. */
  processes(): Readonly<Record<string, readonly number[]>>;
  /** SIGKILL to the daemon alone; resolves when it has ended. Its containers and what stands beside them run on. */
  crash(): Promise<void>;
  /** Starts the daemon again after a crash, from the same command. Resolves at once: who asks when it answers, asks it. */
  restart(): void;
  /** The path on which it answers. */
  readonly socket: string;
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}
