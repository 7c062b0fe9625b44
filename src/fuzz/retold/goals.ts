/** What a recording tells of one pod, as what a simulated one is to come by: what clients asked, how calls ended, what befell. */
import type { FlightRecord, Key } from "../../inspect/record.ts";
import { kindOf, objectOf } from "../../vocabulary/index.ts";

/** A part of the pod, as both lives have it: `sandbox`, `container a`. */
export type Part = string;

export type Ask = "run" | "create" | "start" | "update" | "checkpoint" | "stop" | "remove" | "exec";

export type Goal =
  | { readonly kind: "ask"; readonly what: Ask; readonly part: Part; readonly graceMs?: number }
  /** A call is under way. */
  | { readonly kind: "begin"; readonly part: Part; readonly name: string }
  /** It has ended; `how` absent: well. */
  | { readonly kind: "call"; readonly part: Part; readonly name: string; readonly how?: "failed" | "overdue" }
  | { readonly kind: "end"; readonly part: Part; readonly code: number }
  | { readonly kind: "death" }
  | { readonly kind: "reboot" }
  /** Everything that is under way ends. */
  | { readonly kind: "rest" };

export interface Told {
  readonly goals: readonly { readonly goal: Goal; readonly seq: number }[];
  /** What has no place in the simulation, a line each. */
  readonly unmapped: readonly string[];
  /** States that parts of the pod came by, as `container running`. */
  readonly states: ReadonlySet<string>;
  readonly hostNetwork: boolean;
  readonly sharesProcesses: boolean;
}

/** What a simulated pod's containers are called. */
const LETTERS = ["a", "b", "c"] as const;
const ASKS: ReadonlySet<string> = new Set<Ask>(["start", "update", "checkpoint", "stop", "remove"]);

type Of<Kind extends FlightRecord["kind"]> = Extract<FlightRecord, { readonly kind: Kind }>;

export class Telling {
  readonly #pods: ReadonlySet<string>;
  readonly #goals: { goal: Goal; seq: number }[] = [];
  readonly #unmapped = new Set<string>();
  readonly #states = new Set<string>();
  readonly #parts = new Map<string, Part>();
  readonly #letters = new Map<string, string>();
  #calls = new Map<number, Of<"call">>();
  #boot: string | undefined;
  #sandbox: Readonly<Record<string, unknown>> = {};
  #seq = 0;

  /** `pods`: ids of its sandboxes, for a pod may have been attempted more than once. */
  constructor(pods: readonly string[]) {
    this.#pods = new Set(pods.map((id) => `pod/${id}`));
  }

  tell(records: readonly FlightRecord[]): Told {
    for (let at = 0; at < records.length;) {
      const { cause } = records[at]!;
      let end = at + 1;
      if (cause !== 0) while (end < records.length && records[end]!.cause === cause) end++;
      this.#group(records.slice(at, end));
      at = end;
    }
    const { hostNetwork, sharesProcesses } = this.#sandbox;
    return {
      goals: this.#goals,
      unmapped: [...this.#unmapped],
      states: this.#states,
      hostNetwork: hostNetwork === true,
      sharesProcesses: sharesProcesses === true,
    };
  }

  #add(goal: Goal): void {
    this.#goals.push({ goal, seq: this.#seq });
  }

  #leave(text: string): void {
    this.#unmapped.add(`record ${this.#seq}: ${text}`);
  }

  /** All that came of one thing that entered: what it was is said first. */
  #group(records: readonly FlightRecord[]): void {
    const [head] = records;
    for (const record of records) {
      this.#seq = record.seq;
      this.#note(record);
    }
    if (head?.kind !== "step") return;
    this.#seq = head.seq;
    const part = this.#parts.get(head.actor);
    if (part !== undefined) this.#hear(part, head);
  }

  #note(record: FlightRecord): void {
    const { kind } = record;
    if (kind === "opened") this.#open(record);
    else if (kind === "key") this.#key(record);
    else if (kind === "call") this.#called(record);
    else if (kind === "ended") this.#ended(record);
    else if (kind === "step" && record.state !== undefined) this.#state(record.actor, record.state);
    else if (kind === "gone" && record.how === "crashed" && this.#parts.has(record.actor))
      this.#leave(`${record.actor} threw`);
  }

  #state(actor: string, state: string): void {
    if (this.#parts.has(actor)) this.#states.add(`${kindOf(actor)} ${state}`);
  }

  /** Numbers begin anew with each daemon. */
  #open({ begun, boot }: Of<"opened">): void {
    if (!begun) return;
    this.#calls = new Map();
    const before = this.#boot;
    this.#boot = boot;
    if (before !== undefined && this.#parts.size > 0) this.#add({ kind: before === boot ? "death" : "reboot" });
  }

  #key(key: Key & FlightRecord): void {
    const { actor, parent = "", state, born } = key;
    if (!this.#pods.has(parent)) return;
    const known = this.#parts.has(actor);
    if (!known) this.#meet(key);
    if (born || !known) this.#state(actor, state);
  }

  #meet({ actor, state, born, context, name }: Key): void {
    const kind = kindOf(actor);
    if (kind === "attach") return this.#leave("a client with streams attached, of which a seed has none");
    const part = kind === "container" ? this.#container(name?.container ?? actor) : kind;
    if (part === undefined) return;
    this.#parts.set(actor, part);
    if (kind === "sandbox") this.#sandbox = context;
    if (kind === "attachment") return;
    if (kind === "exec") {
      const container = this.#parts.get(`container/${String(context["containerId"])}`);
      return container === undefined ? undefined : this.#add({ kind: "ask", what: "exec", part: container });
    }
    this.#add({ kind: "ask", what: kind === "sandbox" ? "run" : "create", part });
    if (!born) this.#catchUp(part, state, context);
  }

  /** The recording begins in the midst of its life. */
  #catchUp(part: Part, state: string, { started }: Readonly<Record<string, unknown>>): void {
    this.#add({ kind: "rest" });
    if (started !== true) return;
    this.#add({ kind: "ask", what: "start", part });
    this.#add({ kind: "rest" });
    if (!/^(created|running)$/.test(state))
      this.#leave(`the recording begins with ${part} ${state}; a seed comes near it`);
  }

  #container(name: string): Part | undefined {
    const letter = this.#letters.get(name) ?? LETTERS[this.#letters.size];
    if (letter === undefined) {
      this.#leave(`container ${name}: a simulated pod has ${LETTERS.length}`);
      return undefined;
    }
    this.#letters.set(name, letter);
    return `container ${letter}`;
  }

  #called(call: Of<"call">): void {
    const { n, by, driver, verb, since } = call;
    this.#calls.set(n, call);
    const part = this.#parts.get(by);
    // What is said anew has begun before.
    if (part !== undefined && driver !== "clock" && since === undefined)
      this.#add({ kind: "begin", part, name: `${driver}.${verb}` });
  }

  #ended({ n, failure, abandoned }: Of<"ended">): void {
    const call = this.#calls.get(n);
    const part = call && this.#parts.get(call.by);
    if (!part || abandoned || call.driver === "clock") return;
    const how = failure && (failure.code === "Overdue" ? "overdue" : "failed");
    this.#add({ kind: "call", part, name: `${call.driver}.${call.verb}`, ...(how && { how }) });
  }

  #hear(part: Part, { actor, event }: Of<"step">): void {
    const { type, at = 0, deadline, exit } = event as EventFields;
    if (type === "exited" || type === "execExited") return this.#exited(part, exit);
    if (type === "cancel" || type === "inputEnded" || type === "detached")
      return this.#leave(`a client left ${objectOf(actor).slice(0, 12)}, which a seed has no word for`);
    if (!ASKS.has(type)) return;
    const graceMs = deadline === undefined ? undefined : deadline - at;
    this.#add({ kind: "ask", what: type as Ask, part, ...(graceMs !== undefined && { graceMs }) });
  }

  #exited(part: Part, exit: EventFields["exit"]): void {
    const code = exit?.code ?? (exit?.signal === undefined ? 0 : 128 + exit.signal);
    this.#add({ kind: "end", part, code });
  }
}

interface EventFields {
  readonly type: string;
  readonly at?: number;
  readonly deadline?: number;
  readonly exit?: { readonly code?: number; readonly signal?: number };
}
