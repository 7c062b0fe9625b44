/**
 * What would have happened: the actors of one pod as a recording has them, in the daemon's own charts, under its own supervisor
 * and behind its own door. No driver is there: how each call ends is chosen, and time goes on when that is chosen. What
 * happens is recorded as a daemon records it.
 */
import { createActor, type AnyActorLogic, type AnyActorRef, type AnyStateMachine } from "xstate";
import type { Call, Calls } from "../../actors/calls.ts";
import { recordedBy, watchingGuards, type Recorded } from "../../composition/recorded-system.ts";
import { Cancelled, fromFailure, Invalid, Overdue } from "../../errors.ts";
import { Door, type DoorEvents, type OpenCall, type Outcome, type World } from "../../supervisors/door.ts";
import { momentOf } from "../../supervisors/explain.ts";
import { Observer, type ObserverEvents } from "../../supervisors/observer.ts";
import { growTree, type Tree } from "../../supervisors/tree.ts";
import type { FlightRecord } from "../record.ts";
import { answersOf, type EndedAt } from "./answers.ts";
import { questionOf, tellingsFor, type Choice, type Question } from "./choices.ts";
import { Moments } from "./moments.ts";
import { podSnapshot } from "./pod-snapshot.ts";
import { Sequel, type Leaving } from "./sequel.ts";

const isDone = (ref: AnyActorRef): boolean => (ref.getSnapshot() as { status: string }).status === "done";

export class Branch {
  readonly #leaving: Leaving;
  readonly #clock: Moments;
  readonly #door: Door;
  readonly #observer: Observer;
  readonly #sequel: Sequel;
  readonly #recorded: Recorded;
  readonly #machines: Record<string, AnyStateMachine> = {};
  /** Calls of which it is to be chosen how they end. */
  readonly #settle = new Map<Call, (outcome: Outcome) => void>();

  /** Stands where the recording is left. Throws Invalid where the pod cannot be taken up. */
  constructor(leaving: Leaving) {
    this.#leaving = leaving;
    this.#clock = new Moments(leaving.picture.mono);
    this.#sequel = new Sequel(leaving, { now: () => this.#clock.now, cause: () => this.#door.cause });
    this.#recorded = recordedBy(this.#sequel.recorder);
    const events = this.#events();
    this.#door = new Door(this.#world(), events);
    this.#observer = new Observer(this.#door, events);
    this.#door.afterEach(() => this.#afterwards());
    this.#takeUp(this.#grow());
  }

  /** What has happened in it. */
  get records(): readonly FlightRecord[] {
    return this.#sequel.records;
  }

  #world(): World {
    const clock = this.#clock;
    return {
      now: () => clock.now,
      setTimeout: (fn, ms) => clock.set(fn, ms),
      clearTimeout: (moment) => clock.clear(moment),
      perform: (call, signal, settle) => this.#perform(call, signal, settle),
    };
  }

  #perform(call: Call, signal: AbortSignal, settle: (outcome: Outcome) => void): void {
    const at = momentOf(call);
    if (at === undefined) {
      this.#settle.set(call, settle);
      // Who hangs gives up at its bound; who is called off before may end in any way.
      signal.addEventListener("abort", () => {
        if (signal.reason instanceof Overdue) settle({ error: signal.reason });
      });
      return;
    }
    const moment = this.#clock.set(() => settle({ output: { at: this.#clock.now } }), at - this.#clock.now);
    signal.addEventListener("abort", () => {
      this.#clock.clear(moment);
      settle({ error: new Cancelled("the wait was called off") });
    });
  }

  #events(): DoorEvents & ObserverEvents {
    const recorded = this.#recorded;
    const numbered = (open: OpenCall): OpenCall => ({ ...open, n: this.#sequel.numberOf(open) });
    return {
      stepped: recorded.stepped,
      settled: recorded.settled,
      crashed: recorded.crashed,
      asked: (open) => recorded.asked(numbered(open)),
      called: (open) => recorded.called(numbered(open)),
      abandoned: (open) => recorded.abandoned(numbered(open)),
      ended: (open, outcome, ms) => recorded.ended(numbered(open), outcome, ms),
      moved: () => {},
      unhandled: () => {},
      defect: (text, error) => this.#sequel.say("error", `${text}: ${String(error)}`),
    };
  }

  #afterwards(): void {
    for (const id of this.#observer.takeMoved()) {
      const ref = this.#observer.find(id);
      if (!ref || !isDone(ref)) continue;
      this.#observer.forget(id);
      this.#recorded.gone(id, "ended");
    }
    for (const id of this.#observer.takeLost()) this.#recorded.gone(id, "lost");
    this.#recorded.handled();
  }

  /** The daemon's whole tree, of which one pod is taken. */
  #grow(): Tree {
    const watched = watchingGuards((actor, guard) => this.#sequel.recorder.refuse(actor, guard));
    const tree = growTree((kind, logic): AnyActorLogic => {
      const dressed = watched(kind, logic);
      this.#machines[kind] = dressed as AnyStateMachine;
      return dressed;
    });
    const nobody = () => [];
    tree.serve({
      // Whoever crashes would begin again from its record, which no recording has.
      inventory: { pods: nobody, inPod: nobody, pulls: nobody, leaks: nobody, renew: () => undefined },
      now: () => this.#clock.now,
      patienceMs: 0,
      quarantined: (id, reason) => this.#recorded.quarantined(id, reason),
      dismissed: (id) => {
        this.#observer.forget(id);
        this.#recorded.gone(id, "dismissed");
      },
    });
    return tree;
  }

  #takeUp({ port }: Tree): void {
    const { picture, pod } = this.#leaving;
    const snapshot = podSnapshot(picture, pod, this.#machines);
    const root = createActor(this.#machines["pod"]!, {
      id: pod,
      snapshot: snapshot as never,
      clock: this.#door.clock,
      inspect: this.#observer.inspect,
    });
    root.subscribe({ error: (error) => this.#sequel.say("error", `the pod has failed: ${String(error)}`) });
    port.door = this.#asItWas();
    this.#door.enter(() => root.start());
    port.door = this.#door;
    this.#sequel.begin();
  }

  /** Calls that are under way began when the recording says, and so do their bounds. */
  #asItWas(): Calls {
    const door = this.#door;
    return {
      begin: (call, owner) => {
        const { now } = this.#clock;
        this.#clock.now = this.#sequel.takeUp(call).since;
        door.begin(call, owner);
        this.#clock.now = now;
      },
      cancel: (owner) => door.cancel(owner),
      abandon: (owner) => door.abandon(owner),
    };
  }

  #at(n: number): EndedAt {
    const { picture } = this.#leaving;
    const mono = this.#clock.now;
    return { mono, wall: picture.wall + (mono - picture.mono), n };
  }

  /** What is open: driver calls and moments that are waited for, and then what clients and the monitor might say. */
  get questions(): readonly Question[] {
    const open = this.#door.openCalls().filter(({ begun }) => begun);
    const calls = open.map((one) => questionOf(one, this.#sequel.numberOf(one), momentOf(one.call), this.#clock.now));
    const tellings = this.#observer.actors().flatMap((ref): readonly Question[] => {
      const told = tellingsFor(ref, this.#at(0));
      const options = told.map(([what]) => ({ choice: { kind: "tell", actor: ref.id, what }, text: what }) as const);
      return options.length > 0 ? [{ actor: ref.id, about: "from outside", options }] : [];
    });
    return [...calls, ...tellings];
  }

  /** Throws Invalid where that cannot be chosen here. */
  choose(choice: Choice): void {
    switch (choice.kind) {
      case "wait":
        return this.#clock.goTo(choice.until);
      case "tell":
        return this.#tell(choice.actor, choice.what);
      case "failure":
        return this.#end(choice.call, () => ({ error: fromFailure(choice.failure) }));
      case "answer":
        return this.#end(choice.call, ({ driver, verb }) => {
          const answer = answersOf(driver, verb)[choice.way];
          if (!answer) throw new Invalid(`${driver}.${verb} has no such answer`);
          return { output: answer.output(this.#at(choice.call)) };
        });
    }
  }

  #end(n: number, outcome: (call: Call) => Outcome): void {
    const open = this.#door.openCalls().find((one) => this.#sequel.numberOf(one) === n);
    const settle = open && this.#settle.get(open.call);
    if (!settle) throw new Invalid(`call ${n} is not under way here`);
    settle(outcome(open.call));
  }

  #tell(actor: string, what: string): void {
    const ref = this.#observer.find(actor);
    const told = ref && tellingsFor(ref, this.#at(0)).find(([words]) => words === what);
    if (!told) throw new Invalid(`${actor} cannot be told here: ${what}`);
    this.#door.enter(() => ref.send(told[1]));
  }
}
