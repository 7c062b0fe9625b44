/** Leads a simulated pod to what a recording tells of another: each move is chosen for the goal that comes next. */
import type { Outcome, OpenCall } from "../../supervisors/door.ts";
import { kindOf, objectOf } from "../../vocabulary/index.ts";
import type { Scene } from "../scene.ts";
import type { Watcher } from "../watcher.ts";
import type { Operation } from "../world/operations.ts";
import { askingFor } from "./asking.ts";
import { Directed, type Wish } from "./directed.ts";
import type { Goal, Part, Told } from "./goals.ts";

/** Moves for one goal: more than any call has, and its rest. */
const MOST_MOVES = 40;
/** Places among what may befall a node where daemons die, and nodes reboot (strikes.ts). */
const DIES = 4;
const REBOOTS = 7;
/** Places among moves (moves.ts). */
const [END_OPERATION, HEAR, TAKE, SEE, END_PROCESS, PASS_TIME] = [0, 1, 2, 3, 4, 6];
const FATES = { failed: 1, overdue: 3 } as const;
/** Goes to a network attachment, though it is about the sandbox's id. */
const OF_ATTACHMENT = /^(network|durable|permits\.cni)/;

type CallGoal = Extract<Goal, { readonly kind: "call" }>;

export class Retelling {
  readonly choices: Directed;
  readonly watcher: Watcher;
  /** Goals that it did not come to, a line each. */
  readonly missed: string[] = [];
  /** Moves so far. */
  moves = 0;
  readonly #goals: Told["goals"][number][];
  readonly #mayDie: boolean;
  /** How calls have ended that no goal has taken yet, by part and call. */
  readonly #ended = new Map<string, Outcome[]>();
  /** How often calls have begun, as far as no goal has taken it yet. */
  readonly #begun = new Map<string, number>();
  readonly #parts = new Map<string, Part>();
  #scene: Scene | undefined;
  #tries = 0;
  /** What the goal asks for has been done by the move before. */
  #put = false;

  constructor({ goals, hostNetwork, sharesProcesses }: Told) {
    this.#goals = [...goals];
    const befalls = (kind: Goal["kind"]): boolean => goals.some(({ goal }) => goal.kind === kind);
    this.#mayDie = befalls("death") || befalls("reboot");
    // In the order in which a schedule draws what it is like (schedule.ts).
    const may = [false, false, befalls("reboot"), false];
    this.choices = new Directed({
      chances: [false, ...may, hostNetwork, sharesProcesses],
      numbers: [1, 1, 1, 0, 0, this.#mayDie ? 1 : 0],
    });
    this.watcher = { called: (open) => this.#noteBegin(open), ended: (open, outcome) => this.#noteEnd(open, outcome) };
  }

  /** Container's names are known while they are in the books. */
  #partOf(actor: string): Part {
    const known = this.#parts.get(actor);
    if (known !== undefined) return known;
    const kind = kindOf(actor);
    const name = this.#scene?.daemon.books.containers.entry(objectOf(actor))?.config.name;
    const part = kind === "container" ? `container ${name ?? ""}` : kind;
    if (name !== undefined || kind !== "container") this.#parts.set(actor, part);
    return part;
  }

  #keyOf({ call: { by, driver, verb } }: OpenCall): string {
    return `${this.#partOf(by)} ${driver}.${verb}`;
  }

  #noteBegin(open: OpenCall): void {
    const key = this.#keyOf(open);
    this.#begun.set(key, (this.#begun.get(key) ?? 0) + 1);
  }

  #noteEnd(open: OpenCall, outcome: Outcome): void {
    const key = this.#keyOf(open);
    this.#ended.set(key, [...(this.#ended.get(key) ?? []), outcome]);
  }

  /** Chooses the next move; false: all goals have had their turn. */
  readonly prompt = (scene: Scene): boolean => {
    this.#scene = scene;
    for (let next = this.#goals[0]; next; next = this.#goals[0]) {
      const { goal, seq } = next;
      if (this.#isReached(goal, seq)) {
        this.#next();
        continue;
      }
      const wish = this.#tries++ < MOST_MOVES ? this.#wishFor(goal, scene) : undefined;
      if (wish) {
        this.moves++;
        const { chances = [] } = wish;
        this.choices.wish({ ...wish, chances: this.#mayDie && !isStrike(goal) ? [false, ...chances] : chances });
        return true;
      }
      // What went well is of no interest by itself: states that are missing are told at the end.
      if (goal.kind !== "begin" && (goal.kind !== "call" || goal.how))
        this.missed.push(`record ${seq}: ${inWords(goal)} does not come about in the simulation`);
      this.#next();
    }
    return false;
  };

  #next(): void {
    this.#goals.shift();
    this.#tries = 0;
    this.#put = false;
    const goal = this.#goals[0]?.goal;
    // Of a call that is to fail only one counts that ends from here on.
    if (goal?.kind === "call" && goal.how) this.#ended.delete(`${goal.part} ${goal.name}`);
  }

  /** What is left when a schedule has no more moves. */
  leave(): void {
    const [first] = this.#goals;
    if (first) this.missed.push(`from record ${first.seq} on: a schedule has no more moves`);
  }

  #isReached(goal: Goal, seq: number): boolean {
    const { daemon, node, client } = this.#scene!;
    switch (goal.kind) {
      case "call":
        return this.#take(goal, seq);
      case "begin": {
        const [key, times] = [`${goal.part} ${goal.name}`, this.#begun.get(`${goal.part} ${goal.name}`) ?? 0];
        if (times > 0) this.#begun.set(key, times - 1);
        return times > 0;
      }
      case "end":
        return node.kernel.of(this.#objectOf(goal.part) ?? "")?.phase === "ended";
      case "rest":
        return daemon.serving && daemon.system.waits().length === 0 && client.requests.waits.length === 0;
      case "ask":
      case "death":
      case "reboot":
        return this.#put;
    }
  }

  #take(goal: CallGoal, seq: number): boolean {
    const ended = this.#ended.get(`${goal.part} ${goal.name}`);
    const outcome = ended?.shift();
    if (outcome && goal.how && "output" in outcome)
      this.missed.push(`record ${seq}: ${inWords(goal)}, which goes well in the simulation`);
    return outcome !== undefined;
  }

  #objectOf(part: Part): string | undefined {
    const { books, system } = this.#scene!.daemon;
    const [kind = "", name] = part.split(" ");
    if (kind === "container") return books.containers.entries().findLast(({ config }) => config.name === name)?.id;
    if (kind === "exec")
      return system
        .actors()
        .findLast(({ id }) => kindOf(id) === "exec")
        ?.id.replace("exec/", "");
    return books.sandboxes.entries().at(-1)?.id;
  }

  #wishFor(goal: Goal, scene: Scene): Wish | undefined {
    if (isStrike(goal)) {
      this.#put = true;
      return { chances: [true], numbers: [goal.kind === "death" ? DIES : REBOOTS] };
    }
    const asking = goal.kind === "ask" ? askingFor(goal, scene) : undefined;
    if (asking) this.#put = true;
    return asking ?? (goal.kind === "end" ? this.#ending(goal, scene) : undefined) ?? this.#settling(goal, scene);
  }

  /** Its process ends by itself, or of what was sent to it. */
  #ending({ part, code }: Extract<Goal, { readonly kind: "end" }>, { node }: Scene): Wish | undefined {
    const process = node.kernel.of(this.#objectOf(part) ?? "");
    if (!process || process.phase === "waiting") return undefined;
    const asked = [...node.kernel.all()].filter(({ phase, doomed }) => phase === "running" && !doomed);
    const chances = asked.slice(0, asked.indexOf(process) + 1).map((one) => one === process);
    return { weights: [END_PROCESS], chances, wants: (item) => item === (code > 1 ? 7 : code) };
  }

  /** Something goes on: what is known is told, then what the goal is about, then all else, and time at last. */
  #settling(goal: Goal, { daemon: { link }, monitor, node }: Scene): Wish | undefined {
    if (link.hasNews || link.witnessed().length > 0) return { weights: [HEAR] };
    if (monitor.process?.asking) return { weights: [TAKE] };
    if (monitor.process?.alive && monitor.process.unseen().length > 0) return { weights: [SEE] };
    const ready = node.operations.ready();
    const own = goal.kind === "call" ? ready.find((one) => this.#isOf(one, goal.part)) : undefined;
    const operation = own ?? ready.find((one) => !this.#isToFail(one)) ?? (goal.kind === "rest" ? ready[0] : undefined);
    if (operation) {
      const how = operation === own && goal.kind === "call" ? goal.how : undefined;
      return {
        weights: [END_OPERATION, how ? FATES[how] : 0],
        chances: operation.name === "tool.create" ? [this.#isDeaf(operation)] : [],
        wants: (item) => item === operation,
      };
    }
    if ([...node.kernel.all()].some(({ doomed, phase }) => doomed && phase !== "ended"))
      return { weights: [END_PROCESS] };
    return node.timers.next ? { weights: [PASS_TIME] } : undefined;
  }

  #isOf({ name, object }: Operation, part: Part): boolean {
    return object === this.#objectOf(part) && OF_ATTACHMENT.test(name) === (part === "attachment");
  }

  /** A goal behind this one has it fail, so that it must not go well before. */
  #isToFail(operation: Operation): boolean {
    return this.#goals.some(
      ({ goal }) =>
        goal.kind === "call" &&
        goal.how &&
        operation.name.split(".", 1)[0] === goal.name.split(".", 1)[0] &&
        this.#isOf(operation, goal.part),
    );
  }

  /** One that was asked to end, and had to be killed. */
  #isDeaf({ object }: Operation): boolean {
    const names = this.#goals.flatMap(({ goal }) =>
      goal.kind === "call" && this.#objectOf(goal.part) === object ? [goal.name] : [],
    );
    return names.includes("runtime.ask") && names.includes("runtime.force");
  }
}

const isStrike = ({ kind }: Goal): boolean => kind === "death" || kind === "reboot";

const inWords = (goal: Goal): string => {
  switch (goal.kind) {
    case "ask":
      return `${goal.what} of ${goal.part}`;
    case "begin":
      return `${goal.name} of ${goal.part}`;
    case "call":
      return `a ${goal.how === "overdue" ? "hang" : "failure"} of ${goal.name} of ${goal.part}`;
    case "end":
      return `the end of the process of ${goal.part}`;
    case "rest":
      return "that all is at rest";
    case "death":
      return "the daemon's death";
    case "reboot":
      return "the node's new start";
  }
};
