/** For scripts that make the moves of a schedule instead of chance. */
import type { Client } from "./client.ts";
import type { Moves } from "./moves.ts";
import type { Scene } from "./scene.ts";
import type { Node } from "./world/node.ts";

/** What a script may do. */
export interface Reins {
  readonly node: Node;
  readonly client: Client;
  readonly serving: boolean;
  /** What is under way goes on by one move, and goes well; false: nothing is under way. */
  settle(): boolean;
  die(): void;
}

export const reinsOf = ({ node, client, daemon, die }: Scene, moves: Moves): Reins => ({
  node,
  client,
  die,
  serving: daemon.serving,
  settle: () => {
    if (moves.tellNews() || moves.endOperation()) return true;
    const waits = !daemon.serving || client.requests.waits.length > 0 || daemon.system.waits().length > 0;
    return waits && moves.passTime();
  },
});
