/** What can happen next on a node where nothing befalls it: an operation ends, a word is heard, a process ends, time passes. */
import { endingNow } from "./bent.ts";
import type { Scene } from "./scene.ts";
import { SICK } from "./world/node.ts";

/** How often, of a thousand, a client asks once more before time passes: then what has failed rests. */
const INSISTENCE = 300;
const PRESSING_INSISTENCE = 850;

/** Each answers whether there was anything to move. */
export class Moves {
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** One move; where that is none, the first that is. Time passes by itself only when nothing else can happen. */
  wander(): void {
    const insistence = this.#scene.bent.pressing ? PRESSING_INSISTENCE : INSISTENCE;
    const moves: readonly (() => boolean)[] = [
      () => this.endOperation(),
      () => this.hearNews(),
      () => this.takeQuestion(),
      () => this.seeEnd(),
      () => this.endProcess(),
      () => this.act(),
      () => (this.#scene.choices.chance(insistence) && this.#insist()) || this.passTime(),
    ];
    const chosen = this.#scene.choices.weighted([40, 12, 12, 8, 6, 18, 4]);
    if (!moves[chosen]?.()) moves.some((move, n) => n !== chosen && move());
  }

  act(): boolean {
    return this.#scene.daemon.serving && this.#scene.client.act();
  }

  #insist(): boolean {
    return this.#scene.daemon.serving && this.#scene.client.insist();
  }

  endOperation(): boolean {
    const { bent, choices } = this.#scene;
    const ready = this.#scene.healing
      ? this.#scene.node.operations.ready()
      : endingNow(bent, choices, this.#scene.node.operations.ready());
    if (ready.length === 0) return false;
    const operation = this.#scene.choices.pick(ready);
    const { perils } = this.#scene.node;
    const { before, after, hang } = operation.name === perils.sick ? { before: SICK, after: SICK, hang: SICK } : perils;
    const { canFail, orphan, calledOff, name, object } = operation;
    if (calledOff !== undefined) {
      this.#scene.node.calm = false;
      const ending = (["before", "after", "ok"] as const)[this.#scene.choices.below(3)] ?? "before";
      this.#scene.say(`${name} of ${object} was called off: ${ending}`);
      if (name === "runtime.kill" && ending !== "before") this.#scene.node.excused.add(object);
      this.#scene.node.operations.end(operation, ending);
      return true;
    }
    const fate =
      canFail && !orphan ? this.#scene.choices.weighted([1000 - before - after - hang, before, after, hang]) : 0;
    this.#scene.say(`${name} of ${object}: ${["ok", "fails", "fails after its effect", "hangs"][fate]}`);
    if (fate === 2 && name === "runtime.kill") this.#scene.node.excused.add(object);
    if (fate !== 0) this.#scene.node.calm = false;
    if (fate === 3) this.#scene.node.operations.hang(operation);
    else this.#scene.node.operations.end(operation, (["ok", "before", "after"] as const)[fate] ?? "ok");
    return true;
  }

  /** Daemon and monitor hear, and see, what there is; or a process ends. */
  tellNews(): boolean {
    return this.hearNews() || this.takeQuestion() || this.seeEnd() || this.endProcess();
  }

  hearNews(): boolean {
    const { link } = this.#scene.daemon;
    const witnessed = link.witnessed();
    if (link.hasNews) link.hearNext();
    else if (witnessed.length > 0) link.testify(this.#scene.choices.pick(witnessed));
    else return false;
    return true;
  }

  takeQuestion(): boolean {
    return this.#scene.monitor.process?.takeQuestion() ?? false;
  }

  seeEnd(): boolean {
    const unseen = this.#scene.monitor.process?.alive ? this.#scene.monitor.process.unseen() : [];
    if (unseen.length === 0) return false;
    this.#scene.monitor.process?.see(this.#scene.choices.pick(unseen)[0]);
    return true;
  }

  passTime(): boolean {
    const { next } = this.#scene.node.timers;
    if (!next) return false;
    this.#scene.node.timers.fire();
    return true;
  }

  endProcess(): boolean {
    for (const process of this.#scene.node.kernel.all()) {
      if (process.phase === "ended" || (!this.#scene.healing && this.#scene.node.kernel.isStuck(process))) continue;
      const { doomed, kind, phase } = process;
      // Before `start` only SIGKILL does what it says. Commands come to their end by themselves.
      const ends = (): boolean => (this.#scene.healing ? kind === "exec" : this.#scene.choices.chance(100));
      if (!doomed && (phase === "waiting" || !ends())) continue;
      this.#scene.say(`process ${process.name.pid} of ${process.object} ends`);
      if (!doomed) this.#scene.node.calm = false;
      this.#scene.node.kernel.end(process, doomed ?? { code: this.#scene.choices.pick([0, 1, 7]) });
      return true;
    }
    return false;
  }
}
