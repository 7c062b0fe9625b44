/** Simulated nodes on which nothing goes wrong, for the suites that real drivers keep: one that answers at once, one that moves. */
import { setImmediate as turn } from "node:timers/promises";
import { Choices } from "../../../src/fuzz/choices.ts";
import { MonitorLink, type MonitorPlace } from "../../../src/fuzz/world/monitor-link.ts";
import { Node } from "../../../src/fuzz/world/node.ts";

/** Every choice is the plainest one. */
export const quietNode = (): Node => {
  const node = new Node({ choices: new Choices({ tape: [] }), kernelTellsExits: true });
  node.life = node.newLife();
  return node;
};

/** Each operation ends in the moment in which it begins. */
export const eagerNode = (): Node => {
  const node = quietNode();
  node.operations.eager = true;
  return node;
};

/** A node whose operations, processes, monitor and daemons' links move while one waits. Time stands, but for what is due. */
export class MovingNode {
  readonly node = quietNode();
  readonly monitor: MonitorPlace = { process: undefined };
  /** `name object` of operations that do not end yet. */
  readonly held = new Set<string>();
  readonly #links = new Set<MonitorLink>();
  #moved = true;
  #next: NodeJS.Immediate | undefined = setImmediate(() => this.#turn());

  /** Of one daemon more; all of them live. */
  link(): MonitorLink {
    const link = new MonitorLink(this.node, this.monitor);
    this.#links.add(link);
    return link;
  }

  /** Resolves when nothing moves any more. */
  async rest(): Promise<void> {
    do await turn();
    while (this.#moved);
  }

  /** Timers fire when they are due. */
  pass(ms: number): void {
    const { timers } = this.node;
    const until = timers.now + ms;
    while (timers.next && timers.next.at <= until) timers.fire();
    timers.now = until;
  }

  stop(): void {
    clearImmediate(this.#next);
    this.#next = undefined;
  }

  #turn(): void {
    this.#next = setImmediate(() => this.#turn());
    this.#moved = false;
    const moved = (_?: void): void => void (this.#moved = true);
    const { operations, kernel, timers } = this.node;
    // The latest first: an order that is kept all the same is one of the contract's.
    for (const operation of operations.ready().toReversed()) {
      if (this.held.has(`${operation.name} ${operation.object}`) && operation.calledOff === undefined) continue;
      operations.end(operation, operation.calledOff === undefined ? "ok" : "before");
      moved();
    }
    for (const process of kernel.all())
      if (process.doomed && process.phase !== "ended") moved(kernel.end(process, process.doomed));
    while (this.monitor.process?.takeQuestion()) moved();
    for (const [id] of this.monitor.process?.unseen() ?? []) moved(this.monitor.process?.see(id));
    for (const link of this.#links) {
      while (link.hasNews) moved(link.hearNext());
      for (const id of link.witnessed()) moved(link.testify(id));
    }
    while (timers.next && timers.next.at <= timers.now) moved(timers.fire());
  }
}
