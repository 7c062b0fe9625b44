/** The end of a schedule: nothing fails any more, everything is asked to go, and nothing may be left. */
import type { Moves } from "./moves.ts";
import type { Scene } from "./scene.ts";

export class Healing {
  readonly #scene: Scene;
  readonly #moves: Moves;

  constructor(scene: Scene, moves: Moves) {
    this.#scene = scene;
    this.#moves = moves;
  }

  /** One move towards rest; false: all is at rest. */
  settle(): boolean {
    const { client, daemon, oracles } = this.#scene;
    if (this.#moves.tellNews() || this.#moves.endOperation()) return true;
    for (const { id } of daemon.system.actors())
      if (daemon.system.retry(id)) {
        oracles.inquiry.budgets.released(id, daemon.system);
        return true;
      }
    if (client.sessions.open().length > 0 && daemon.serving) {
      if (!this.#someoneIsDead()) oracles.inquiry.truths.checkQuiet(daemon, this.#scene.monitor.process?.copies);
      return client.sessions.putAway();
    }
    const idle = client.requests.waits.length === 0 && daemon.serving && !this.#someoneIsDead();
    if (idle) oracles.checkQuiet(daemon);
    if (idle && !client.isProving && client.drain()) return true;
    if (idle && daemon.system.waits().length === 0 && client.prove()) return true;
    return this.#isBusy() && this.#moves.passTime();
  }

  #someoneIsDead(): boolean {
    return this.#scene.daemon.system
      .actors()
      .some((ref) => (ref.getSnapshot() as { status: string }).status === "error");
  }

  #isBusy(): boolean {
    const { system, books, attachments } = this.#scene.daemon;
    return (
      !this.#scene.daemon.serving ||
      this.#scene.client.requests.waits.length > 0 ||
      system.waits().length > 0 ||
      this.#someoneIsDead() ||
      attachments.size > 0 ||
      books.sandboxes.entries().length + books.containers.entries().length > 0
    );
  }

  /** It has gone on for so long: what still waits. */
  despair(steps: number): void {
    const { client, daemon, node } = this.#scene;
    const callers = client.requests.waits.map((call) => `the caller of ${call}`);
    node.find(`no rest after ${steps} steps: ${[...callers, ...daemon.system.waits()].join("; ")}`);
  }

  judge(): void {
    const { client, daemon, node } = this.#scene;
    const { ledger, notes, exitFiles, runFiles, durableRows } = node;
    const { books, attachments, system } = daemon;
    const left = [
      ...ledger.all(),
      ...[...notes.keys()].map((id) => `note ${id}`),
      ...[...exitFiles.keys()].map((id) => `exit ${id}`),
      ...runFiles.keys(),
      ...durableRows.keys(),
      ...[...(this.#scene.monitor.process?.copies.keys() ?? [])].map((id) => `copy for ${id}`),
      ...[...attachments.keys()].map((id) => `attachment ${id}`),
      ...books.sandboxes.entries().map(({ id }) => `sandbox ${id}`),
      ...books.containers.entries().map(({ id }) => `container ${id}`),
      ...[...node.kernel.all()].filter(({ phase }) => phase !== "ended").map(({ object }) => `process of ${object}`),
    ];
    if (left.length > 0) node.find(`left behind: ${left.join(", ")}`);
    if (!client.hasProved) node.find("all is well, and nothing can be asked for");
    for (const ref of system.actors())
      if ((ref.getSnapshot() as { status: string }).status === "error") node.find(`${ref.id} is dead`);
  }
}
