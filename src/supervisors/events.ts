/**
 * What has become of sandboxes and containers, told to whoever subscribes (CRI's GetContainerEvents), as it is committed.
 *
 * No actor: the books' commits come one after another by the door, so they are an order already, and nothing is decided
 * here that could be recovered. An actor would put a mailbox between a commit and its news, and lose all subscribers when
 * it crashed. What came before a subscription is not told: whoever begins lists first.
 */
import { Exhausted, Unavailable } from "../errors.ts";
import { rfc3339, type ContainerView, type QueueFigures, type SandboxView, type WallNs } from "../vocabulary/index.ts";
import type { Books } from "./books.ts";
import type { Caller, PodEvent } from "./runtime.ts";
import { Subscriber } from "./subscriber.ts";

type EventType = PodEvent["type"];

const ORDER: readonly string[] = ["created", "started", "stopped", "deleted"] satisfies readonly EventType[];

/** The stations of a life that readers of this view know of. */
const stationsOf = ({ ready }: SandboxView): readonly EventType[] => ["created", ready ? "started" : "stopped"];
const stationsOfContainer = ({ state, startedAt, reason }: ContainerView): readonly EventType[] => {
  const started: readonly EventType[] = startedAt !== undefined && reason !== "StartError" ? ["started"] : [];
  if (state === "created") return ["created"];
  return state === "running" ? ["created", "started"] : ["created", ...started, "stopped"];
};

const newStations = <View>(
  before: View | undefined,
  after: View | undefined,
  stations: (view: View) => readonly EventType[],
): readonly EventType[] => {
  if (!after) return before ? ["deleted"] : [];
  const last = ORDER.indexOf((before && stations(before).at(-1)) ?? "");
  // Never back: of one that could not be started it may show later that it had begun.
  return stations(after).filter((one) => ORDER.indexOf(one) > last);
};

export interface EventsOptions {
  wallNs(): WallNs;
  /** Told, in a sentence, of each subscriber that was cut off: who does not read does not see its error either. */
  cutOff(text: string): void;
  /** Events that may wait for one subscriber. */
  readonly behind?: number;
  /** Subscribers at once. */
  readonly subscribers?: number;
}

export class Events {
  readonly #books: Books;
  readonly #options: Required<EventsOptions>;
  readonly #subscribers = new Set<Subscriber>();
  /** Views of containers by their sandbox: an event tells of its whole pod, and must not cost more on a fuller node. */
  readonly #pods = new Map<string, Map<string, ContainerView>>();
  #last = 0n;
  #numbered = 0;
  #closed = false;
  #refused = 0;
  #cutOff = 0;

  /** `books` have what an earlier daemon left; that is no news. */
  constructor(books: Books, options: EventsOptions) {
    this.#books = books;
    this.#options = { behind: 1_000, subscribers: 100, ...options };
    for (const view of books.containers.views()) this.#shelve(undefined, view);
    books.sandboxes.watch((before, after) => this.#sandboxChanged(before, after));
    books.containers.watch((before, after) => this.#containerChanged(before, after));
  }

  /** How many listen. */
  get listening(): number {
    return this.#subscribers.size;
  }

  /** Who listens, and the events that wait for the one that is furthest behind; who is too far behind is cut off. */
  get queues(): { readonly subscribers: QueueFigures; readonly behind: QueueFigures } {
    const { behind, subscribers } = this.#options;
    const furthest = [...this.#subscribers].reduce((most, one) => Math.max(most, one.behind), 0);
    return {
      subscribers: { length: this.#subscribers.size, bound: subscribers, refused: this.#refused },
      behind: { length: furthest, bound: behind, refused: this.#cutOff },
    };
  }

  /** Throws Exhausted where too many listen already. Ends when the caller goes, and rejects when it is cut off. */
  subscribe({ signal, agent = "unnamed" }: Caller): Subscriber {
    if (this.#closed) throw new Unavailable("the runtime is about to end; subscribe again when it is back");
    const { behind, subscribers } = this.#options;
    if (this.#subscribers.size >= subscribers) {
      this.#refused += 1;
      throw new Exhausted(
        `${this.#subscribers.size} clients listen to events already, which is the bound; ask again when one has left`,
      );
    }
    const since = rfc3339(this.#options.wallNs());
    const name = `subscriber ${++this.#numbered} (${agent}, since ${since})`;
    const subscriber: Subscriber = new Subscriber({
      name,
      bound: behind,
      signal,
      over: (cutOff) => {
        this.#subscribers.delete(subscriber);
        if (!cutOff) return;
        this.#cutOff += 1;
        this.#options.cutOff(cutOff);
      },
    });
    if (!signal.aborted) this.#subscribers.add(subscriber);
    return subscriber;
  }

  /** The daemon ends: so do all streams, for a server waits for those that are open. */
  close(): void {
    this.#closed = true;
    const gone = new Unavailable("the runtime ends; what happens until it is back is seen in its lists");
    for (const subscriber of [...this.#subscribers]) subscriber.end(gone);
  }

  #sandboxChanged(before: SandboxView | undefined, after: SandboxView | undefined): void {
    const sandbox = after ?? before;
    if (!sandbox) return;
    this.#tell(sandbox.id, newStations(before, after, stationsOf), sandbox.id, sandbox);
  }

  #containerChanged(before: ContainerView | undefined, after: ContainerView | undefined): void {
    const container = after ?? before;
    if (!container) return;
    this.#shelve(before, after);
    this.#tell(container.id, newStations(before, after, stationsOfContainer), container.sandboxId);
  }

  #shelve(before: ContainerView | undefined, after: ContainerView | undefined): void {
    const sandboxId = after?.sandboxId ?? before?.sandboxId ?? "";
    const pod = this.#pods.get(sandboxId) ?? new Map<string, ContainerView>();
    if (after) pod.set(after.id, after);
    else if (before) pod.delete(before.id);
    if (pod.size > 0) this.#pods.set(sandboxId, pod);
    else this.#pods.delete(sandboxId);
  }

  #tell(id: string, types: readonly EventType[], sandboxId: string, last?: SandboxView): void {
    if (this.#subscribers.size === 0 || types.length === 0) return;
    // Of a removed sandbox the last that was known: kubelets pass over an event without the pod's name.
    const sandbox = this.#books.sandboxes.view(sandboxId) ?? last;
    const containers = [...(this.#pods.get(sandboxId)?.values() ?? [])];
    for (const type of types) {
      const event: PodEvent = { type, id, at: this.#moment(), ...(sandbox && { sandbox }), containers };
      for (const subscriber of [...this.#subscribers]) subscriber.push(event);
    }
  }

  /** Later than every one before, whatever becomes of the clock: a kubelet takes no event that is older than what it knows. */
  #moment(): WallNs {
    const now = BigInt(this.#options.wallNs());
    this.#last = now > this.#last ? now : this.#last + 1n;
    return String(this.#last);
  }
}
