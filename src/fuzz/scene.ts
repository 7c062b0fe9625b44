/** What the parts of one schedule work on together. */
import type { Bent } from "./bent.ts";
import type { Choices } from "./choices.ts";
import type { Client } from "./client.ts";
import type { Daemon } from "./daemon.ts";
import type { Oracles } from "./oracles.ts";
import type { Stage } from "./stage.ts";
import type { MonitorPlace } from "./world/monitor-link.ts";
import type { Node } from "./world/node.ts";

export interface Scene {
  readonly choices: Choices;
  readonly node: Node;
  readonly monitor: MonitorPlace;
  readonly client: Client;
  readonly oracles: Oracles;
  readonly stage: Stage;
  readonly bent: Bent;
  /** The one that lives, or has just died. */
  readonly daemon: Daemon;
  /** Nothing goes wrong any more. */
  readonly healing: boolean;
  say(line: string): void;
  /** Says it, and that from here on not all went well. */
  befall(what: string): void;
  /** The daemon is killed. */
  die(): void;
}
