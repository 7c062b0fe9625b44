/**
 * Listens to a daemon's events from its beginning and holds them against the lists: nothing is told twice, backwards, late or
 * of another moment, and whoever listens knows what whoever lists does.
 */
import type { Books } from "../supervisors/books.ts";
import type { Events } from "../supervisors/events.ts";
import type { PodEvent } from "../supervisors/runtime.ts";
import type { ContainerView, SandboxView } from "../vocabulary/index.ts";

type Type = PodEvent["type"];

const ORDER: readonly Type[] = ["created", "started", "stopped", "deleted"];
const BY_STATE: Readonly<Record<ContainerView["state"], Type>> = {
  created: "created",
  running: "started",
  exited: "stopped",
  unknown: "stopped",
};
const ofSandbox = ({ ready }: SandboxView): Type => (ready ? "started" : "stopped");
const ofContainer = ({ state }: ContainerView): Type => BY_STATE[state];

const isBehind = (type: Type, last: Type | undefined): boolean =>
  last === undefined ? type !== "created" : ORDER.indexOf(type) <= ORDER.indexOf(last);

export class Listener {
  readonly #find: (text: string) => void;
  /** What was told of each last. */
  readonly #last = new Map<string, Type>();
  #at = 0n;

  constructor(books: Books, events: Events, find: (text: string) => void) {
    this.#find = find;
    for (const view of books.sandboxes.views()) this.#last.set(view.id, ofSandbox(view));
    for (const view of books.containers.views()) this.#last.set(view.id, ofContainer(view));
    const subscriber = events.subscribe({ signal: new AbortController().signal, agent: "simulated" });
    const listen = (): void =>
      void subscriber.next().then(({ done, value }) => {
        if (done) return;
        this.#hear(value);
        listen();
      });
    listen();
  }

  #hear({ type, id, at, sandbox, containers }: PodEvent): void {
    const last = this.#last.get(id);
    if (isBehind(type, last)) this.#find(`${id} is told to be ${type} after ${last ?? "nothing"}`);
    if (BigInt(at) <= this.#at) this.#find(`the event ${type} of ${id} is no later than the one before it`);
    this.#at = BigInt(at);
    this.#last.set(id, type);
    if (!sandbox) return this.#find(`the event ${type} of ${id} has no sandbox`);
    if (containers.some(({ sandboxId }) => sandboxId !== sandbox.id))
      this.#find(`the event ${type} of ${id} tells of containers of another pod`);
    const container = containers.find((one) => one.id === id);
    if (type === "deleted" ? container : id !== sandbox.id && !container)
      this.#find(`the event ${type} of ${id} was not of this moment`);
  }

  /** Everything has been heard. */
  check({ sandboxes, containers }: Books): void {
    const told = new Map<string, Type>([
      ...sandboxes.views().map((view) => [view.id, ofSandbox(view)] as const),
      ...containers.views().map((view) => [view.id, ofContainer(view)] as const),
    ]);
    for (const [id, type] of told)
      if (this.#last.get(id) !== type)
        this.#find(`${id} is listed as ${type}, and was told to be ${this.#last.get(id) ?? "nothing"}`);
    for (const [id, type] of this.#last)
      if (type !== "deleted" && !told.has(id)) this.#find(`${id} is listed no more, and was told to be ${type}`);
  }
}
