/**
 * One life of the daemon over a simulated node: the real tree, calls, hands and recovery, joined as `main.ts` joins them.
 * A death closes its door and takes its timers and its own operations; the node goes on.
 */
import type { AnyActorRef } from "xstate";
import { ClientSessions } from "../composition/client-sessions.ts";
import { handsOf, type Hands } from "../composition/drivers.ts";
import { inventoryOf } from "../composition/inventory.ts";
import { figuresOf } from "../composition/figures.ts";
import { monitorListener } from "../composition/monitor-listener.ts";
import type { Parts } from "../composition/parts.ts";
import { recall } from "../composition/recall.ts";
import type { Attachments } from "../composition/record-hands.ts";
import { callsInto } from "../composition/world.ts";
import type { Drivers } from "../actors/drivers.ts";
import type { MonitorLinkContext } from "../machines/monitor-link.ts";
import { Cancelled } from "../errors.ts";
import { emptyBooks, type Books } from "../supervisors/books.ts";
import { attachActorId, objectOf } from "../vocabulary/actor-ids.ts";
import { runtimeOf } from "../supervisors/calls/index.ts";
import type { World } from "../supervisors/door.ts";
import type { Inventory, Tree } from "../supervisors/tree.ts";
import type { Runtime } from "../supervisors/runtime.ts";
import type { Services } from "../supervisors/services.ts";
import { Events } from "../supervisors/events.ts";
import { System, type SystemEvents } from "../supervisors/system.ts";
import { containerConfigOf, sandboxConfigOf } from "./configs.ts";
import type { Flight } from "./flight.ts";
import { Listener } from "./listener.ts";
import { simulatedExecs, simulatedStreams } from "./world/execs.ts";
import {
  simulatedBundles,
  simulatedCgroups,
  simulatedDirectory,
  simulatedInfraBundles,
  simulatedNamespaces,
  simulatedRootfs,
} from "./world/files.ts";
import { noFigures } from "./world/figures.ts";
import { simulatedImage, simulatedImages } from "./world/images.ts";
import { MonitorLink, type MonitorPlace } from "./world/monitor-link.ts";
import { simulatedNetwork } from "./world/network.ts";
import type { Node } from "./world/node.ts";
import { simulatedProcesses } from "./world/processes.ts";
import { simulatedRuntime } from "./world/oci-runtime.ts";
import { simulatedPermits } from "./world/permits.ts";
import { FAR } from "./world/timers.ts";
import { simulatedDurableStore, simulatedRunStore } from "./world/records.ts";

export interface DaemonOptions {
  readonly node: Node;
  readonly monitor: MonitorPlace;
  readonly tree: Tree;
  /** A streamed command without a terminal is killed when its client goes. */
  readonly killsAbandoned: boolean;
  readonly events: Pick<SystemEvents, "moved" | "took" | "called" | "ended" | "crashed" | "closed" | "quarantined"> & {
    /** It can live no longer by its own judgement. */
    failed(error: unknown): void;
  };
  /** Records it. */
  readonly flight?: Flight | undefined;
  /** For mutants of recovery. */
  readonly inventory?: (inventory: Inventory) => Inventory;
  /** For mutants of the system, which is changed before it starts. */
  readonly system?: (system: System) => void;
}

const PATIENCE_MS = 10_000;

export class Daemon {
  readonly life: number;
  readonly link: MonitorLink;
  readonly books: Books = emptyBooks();
  readonly attachments: Attachments = new Map();
  readonly sessions = new ClientSessions();
  readonly parts: Parts;
  alive = true;
  /** It lets callers in. */
  serving = false;
  /** It was about to end in order. */
  flushed = false;
  system!: System;
  runtime!: Runtime;
  listener!: Listener;
  readonly #node: Node;
  readonly #options: DaemonOptions;

  constructor(options: DaemonOptions) {
    const { node, monitor } = options;
    this.#options = options;
    this.#node = node;
    this.life = node.newLife();
    node.life = this.life;
    this.link = new MonitorLink(node, monitor);
    const runtime = simulatedRuntime(node);
    this.parts = {
      clock: { monoMs: () => node.timers.now, wallMs: () => node.wallMs(), wallNs: () => node.wallNs() },
      processes: simulatedProcesses(node),
      monitor: this.link,
      runtimes: new Map([[runtime.handler, runtime]]),
      unusable: [],
      bundles: simulatedBundles(node),
      infraBundles: simulatedInfraBundles(node),
      cgroups: simulatedCgroups(node),
      network: simulatedNetwork(node),
      namespaces: simulatedNamespaces(node),
      directory: simulatedDirectory(node),
      rootfs: simulatedRootfs(node),
      permits: simulatedPermits(node),
      images: simulatedImages(node),
      execs: simulatedExecs(node),
      streams: simulatedStreams(node),
      figures: noFigures,
      runStore: simulatedRunStore(node),
      durable: simulatedDurableStore(node),
    };
  }

  /** Reads what is recorded and starts the tree. It serves when the tree knows what is true. */
  async start(): Promise<void> {
    const { parts, books, attachments } = this;
    const { tree, events, node, flight } = this.#options;
    const decode = { sandbox: sandboxConfigOf, container: containerConfigOf };
    const { debris, doubts, spared } = await recall(parts, books, attachments, decode);
    for (const doubt of doubts) node.find(doubt);
    const hands = handsOf(parts, books, attachments, this.sessions, {
      hostname: "node",
      logBounds: {},
      allowedAnnotations: () => [],
      logToJournald: false,
      connect: () => this.link.connect(monitorListener(this.system, books, parts, spared, () => node.timers.now)),
      networkChanged: () => {},
      inputEnded: (attach) => this.inputEnded(attach),
      forgotten: () => {},
      serve: () =>
        node.operation("daemon.serve", "life", () => {
          this.serving = true;
        }),
      flush: () => {
        this.flushed = true;
        return node.operation("daemon.flush", "life", () => {});
      },
    });
    const inventory = inventoryOf({ books, attachments, debris, underWay: hands.underWay, now: () => node.timers.now });
    const heard: SystemEvents = {
      ...events,
      defect: (text, error) => node.find(`${text}: ${String(error)}`),
      unhandled: (actor, state, event) => node.find(`${actor} in ${state} did not expect ${event}`),
      quarantined: (actor, reason) => {
        hands.giveBack(objectOf(actor));
        events.quarantined(actor, reason);
      },
    };
    this.system = new System({
      world: this.#world(hands.drivers),
      inventory: this.#options.inventory?.(inventory) ?? inventory,
      wallMs: () => node.wallMs(),
      patienceMs: PATIENCE_MS,
      tree,
      events: flight?.over(node, this, heard) ?? heard,
    });
    this.#options.system?.(this.system);
    const told = new Events(books, { wallNs: () => node.wallNs(), cutOff: (text) => node.find(text) });
    this.listener = new Listener(books, told, (text) => node.find(text));
    this.runtime = runtimeOf(this.system, books, this.#services(hands), told);
    this.system.start();
  }

  /** kill -9: nothing enters any more, and what it was doing itself is done or not. */
  die(): void {
    if (!this.alive) return;
    this.alive = false;
    this.serving = false;
    this.system.close();
    this.link.close();
    const { operations, timers, choices } = this.#node;
    timers.drop(this.life);
    operations.bereave(this.life, () => choices.chance(500));
  }

  /** The client of an attach sends no more. */
  inputEnded(attach: string): void {
    this.system.tell(attachActorId(attach), { type: "inputEnded" });
  }

  get calls(): Flight["calls"] {
    return this.#options.flight?.calls;
  }
  /** The latest actor of this name. */
  actor(id: string): AnyActorRef | undefined {
    return this.system.find(id);
  }

  /** Until when a container's actor lets it go on; null: it was not asked to stop. */
  deadlineOf(actor: string): number | null {
    const snapshot = this.actor(actor)?.getSnapshot() as { context: { deadline: number | null } } | undefined;
    return snapshot?.context.deadline ?? null;
  }

  #world(drivers: Drivers): World {
    const { timers } = this.#node;
    const until: Drivers["clock"]["until"] = ({ at }, signal) =>
      new Promise((resolve, reject) => {
        const timer = at < FAR ? timers.set(() => resolve({ at: timers.now }), at - timers.now, this.life) : undefined;
        signal.addEventListener("abort", () => {
          timers.clear(timer);
          reject(new Cancelled("the wait was called off"));
        });
      });
    return {
      now: () => timers.now,
      setTimeout: (fn, ms) => timers.set(fn, ms, this.life),
      clearTimeout: (timer) => timers.clear(timer),
      perform: callsInto({ ...drivers, clock: { until } }),
    };
  }

  #services({ announcePull, execs, attaches }: Pick<Hands, "announcePull" | "execs" | "attaches">): Services {
    const node = this.#node;
    const { parts } = this;
    const monitorPid = (): number | null =>
      (this.system.find("monitor-link")?.getSnapshot().context as MonitorLinkContext | undefined)?.pid ?? null;
    return {
      newId: (digits) => String(node.newId()).padStart(digits, "0"),
      now: () => node.timers.now,
      wallNs: () => node.wallNs(),
      images: {
        normalise: (reference) => reference,
        find: (reference) => parts.images.find(reference),
        list: () => [simulatedImage],
        remove: (reference) => parts.images.remove(reference),
        usage: () => parts.images.usage(),
        announce: announcePull,
      },
      execs,
      attaches,
      reopenLog: (id) => this.link.reopenLog(id),
      streaming: { exec: () => "", attach: () => "", forward: () => "" },
      killsAbandoned: this.#options.killsAbandoned,
      handlers: { resolve: () => "simulated", list: () => [] },
      checkSandbox: () => {},
      putSandbox: () => {},
      checkLimits: (_, now) => now,
      runtimeCondition: () => ({ ok: monitorPid() !== null, reason: "", message: "" }),
      figures: figuresOf(parts, this.books),
      cgroupDriver: () => "cgroupfs",
      info: () => ({}),
    };
  }
}
