/** A node in memory: the real tree over fake drivers, with a ledger of what exists. Its records survive `restart`. */
import { withLimits, type Attachments } from "../../src/composition/record-hands.ts";
import { inventoryOf } from "../../src/composition/inventory.ts";
import type { ContainerMemo, Looked } from "../../src/machines/container-recovery.ts";
import type { SandboxMemo } from "../../src/machines/sandbox-recovery.ts";
import {
  emptyBooks,
  type Books,
  type ContainerEntry,
  type LimitChange,
  type SandboxEntry,
} from "../../src/supervisors/books.ts";
import { runtimeOf } from "../../src/supervisors/calls/index.ts";
import { Events } from "../../src/supervisors/events.ts";
import type { Caller, Runtime } from "../../src/supervisors/runtime.ts";
import type { Services } from "../../src/supervisors/services.ts";
import type { Transition } from "../../src/supervisors/observer.ts";
import { System } from "../../src/supervisors/system.ts";
import type { Exit, Image, ImageId } from "../../src/vocabulary/index.ts";
import { containerActorId, kindOf } from "../../src/vocabulary/actor-ids.ts";
import { noFigures } from "./no-figures.ts";
import { FakeWorld, type FakeDrivers } from "./fake-world.ts";

type Id = { readonly id: string };
export const patient = (): Caller => ({ signal: new AbortController().signal });

export interface FakeProcess {
  status: "created" | "running" | "stopped";
  exit?: Exit;
  /** It ignores the stop signal. */
  deaf: boolean;
  signals: string[];
}

export class FakeNode {
  readonly ledger = new Set<string>();
  readonly processes = new Map<string, FakeProcess>();
  /** Where checkpoints were written to. */
  readonly checkpoints: string[] = [];
  /** The limits of containers' memory that are in force. */
  readonly memory = new Map<string, number>();
  readonly disk = { sandboxes: new Map<string, SandboxEntry>(), containers: new Map<string, ContainerEntry>() };
  readonly attachments: Attachments = new Map();
  readonly defects: string[] = [];
  transitions: Transition[] = [];
  deaf = false;
  world!: FakeWorld;
  system!: System;
  books!: Books;
  runtime!: Runtime;
  events!: Events;
  /** What was said of subscribers that did not read. */
  readonly cutOff: string[] = [];
  #ids = 0;

  constructor() {
    this.#boot(new FakeWorld(this.#drivers()));
  }

  /** The daemon dies and another one starts; the world goes on, calls under way are lost. */
  restart(): void {
    this.system.close();
    const world = new FakeWorld(this.#drivers());
    world.time = this.world.time + 1;
    this.#boot(world);
  }

  #boot(world: FakeWorld): void {
    this.world = world;
    this.books = emptyBooks();
    for (const entry of this.disk.sandboxes.values()) this.books.sandboxes.put(entry);
    for (const entry of this.disk.containers.values()) this.books.containers.put(entry);
    const now = (): number => world.time;
    this.events = new Events(this.books, { wallNs: () => String(now()), cutOff: (text) => this.cutOff.push(text) });
    this.system = new System({
      world,
      wallMs: now,
      patienceMs: 10_000,
      inventory: inventoryOf({
        books: this.books,
        attachments: this.attachments,
        debris: [],
        underWay: { execs: () => [], attaches: () => [], pulls: () => [] },
        now,
      }),
      events: {
        defect: (text, error) => this.defects.push(`${text}: ${String(error)}`),
        moved: (transition) => this.transitions.push(transition),
        unhandled: (actor, state, event) => this.defects.push(`${actor} in ${state} did not expect ${event}`),
        crashed: () => undefined,
        quarantined: () => undefined,
        failed: (error) => this.defects.push(`the root failed: ${String(error)}`),
        closed: () => undefined,
      },
    });
    this.runtime = runtimeOf(this.system, this.books, this.#services(), this.events);
    this.system.start();
    world.settle();
  }

  #put =
    (kind: string) =>
    ({ id }: Id) =>
      void this.ledger.add(`${kind} ${id}`);
  #remove =
    (kind: string) =>
    ({ id }: Id) =>
      void this.ledger.delete(`${kind} ${id}`);

  #drivers(): FakeDrivers {
    const none = (): undefined => undefined;
    return {
      permits: { add: none, delete: none, pull: none, unpack: none },
      daemon: { serve: none, flush: none },
      network: {
        watch: () => ({ ready: true, name: "fake" }),
        settle: none,
        attach: (input: Id) => (this.#put("lease")(input), { ips: ["10.0.0.2"] }),
        detach: this.#remove("lease"),
      },
      namespaces: {
        pin: this.#put("pins"),
        unpin: this.#remove("pins"),
        look: ({ id, infra }: Id & { infra: unknown }) => ({
          intact: this.ledger.has(`pins ${id}`) && (!infra || this.ledger.has(`infra ${id}`)),
        }),
      },
      infra: {
        write: this.#put("infra-bundle"),
        create: ({ id }: Id) => (this.#put("infra")({ id }), { pid: 9, startTicks: 9 }),
        start: none,
        delete: this.#remove("infra"),
        clear: none,
        settle: none,
        close: none,
        remove: this.#remove("infra-bundle"),
      },
      sandboxFiles: { prepare: this.#put("files"), remove: this.#remove("files") },
      cgroups: { remove: this.#remove("cgroup"), removeParent: none },
      rootfs: { mount: this.#put("mount"), unmount: this.#remove("mount") },
      bundles: { write: this.#put("bundle"), remove: this.#remove("bundle") },
      records: this.#records(),
      runtime: this.#oci(),
      monitor: this.#monitor(),
      images: { resolve: none, fetch: none, unpack: none, commit: () => ({ imageId: "sha256:fake" }), discard: none },
      execs: {
        prepare: none,
        spawn: () => ({ pid: 2, startTicks: 2 }),
        kill: () => ({ at: this.world.time }),
        collect: none,
        clean: none,
      },
    };
  }

  #records(): FakeDrivers[string] {
    const { sandboxes, containers } = this.disk;
    return {
      putSandbox: ({ id, ...memo }: SandboxMemo & Id) => {
        const entry = { ...(this.books.sandboxes.entry(id) as SandboxEntry), memo };
        sandboxes.set(id, entry);
        this.books.sandboxes.put(entry);
      },
      forgetSandbox: ({ id }: Id) => (sandboxes.delete(id), this.books.sandboxes.remove(id)),
      putContainer: ({ id, ...memo }: ContainerMemo & Id) => {
        const before = this.books.containers.entry(id) as ContainerEntry;
        const entry = {
          ...withLimits(before, memo),
          ...(memo.phase === "starting" ? { startedAt: String(this.world.time) } : {}),
          memo,
        };
        containers.set(id, entry);
        this.books.containers.put(entry);
      },
      forgetContainer: ({ id }: Id) => (containers.delete(id), this.books.containers.remove(id)),
      putAttachment: (record: never) => void this.attachments.set((record as Id).id, record),
      forgetAttachment: ({ id }: Id) => void this.attachments.delete(id),
    };
  }

  #oci(): FakeDrivers[string] {
    return {
      start: ({ id }: Id) => {
        const process = this.processes.get(id);
        if (process && process.status === "created") process.status = "running";
      },
      update: ({ id }: Id) => void this.memory.set(id, this.#change(id).to.memoryLimitBytes),
      restore: ({ id }: Id) => void this.memory.set(id, this.#change(id).from.memoryLimitBytes),
      checkpoint: ({ id }: Id) =>
        void this.checkpoints.push(this.books.containers.entry(id)?.checkpoint?.location ?? "nowhere"),
      ask: ({ id }: Id) => this.#signal(id, "TERM"),
      force: ({ id }: Id) => (this.#signal(id, "KILL"), { at: this.world.time }),
      delete: ({ id }: Id) => void this.processes.delete(id),
      status: ({ id }: Id) => this.processes.get(id)?.status ?? null,
      settle: () => undefined,
    };
  }

  #monitor(): FakeDrivers[string] {
    return {
      connect: () => ({ pid: 1 }),
      upgrade: () => ({ pid: 1 }),
      create: ({ id }: Id) => {
        this.processes.set(id, { status: "created", deaf: this.deaf, signals: [] });
        this.ledger.add(`cgroup ${id}`);
        return { pid: 100 + this.processes.size, startTicks: 1 };
      },
      look: ({ id }: Id): Looked => {
        const process = this.processes.get(id);
        if (process && process.status !== "stopped") return { is: "running" };
        return { is: "exited", exit: process?.exit ?? { unknown: "gone", at: "1", oomKilled: false } };
      },
      drain: () => undefined,
      acknowledge: () => undefined,
      forget: () => undefined,
    };
  }

  #change(id: string): LimitChange {
    return this.books.containers.entry(id)?.change as LimitChange;
  }

  #signal(id: string, signal: string): void {
    const process = this.processes.get(id);
    if (!process || process.status === "stopped") return;
    process.signals.push(signal);
    if (signal === "KILL" || (!process.deaf && process.status === "running"))
      this.exit(id, signal === "KILL" ? { signal: 9 } : { code: 0 });
  }

  /** How many actors of this kind there are. */
  count(kind: string): number {
    return this.system.actors().filter(({ id }) => kindOf(id) === kind).length;
  }

  /** The process of a container ends; the monitor tells whoever is there. */
  exit(id: string, how: { code: number } | { signal: number }): void {
    const process = this.processes.get(id);
    if (!process) return;
    process.status = "stopped";
    process.exit = { ...how, at: String(this.world.time), oomKilled: false };
    this.system.tell(containerActorId(id), { type: "exited", exit: process.exit });
    this.world.settle();
  }

  #services(): Services {
    const image = {
      id: "sha256:fake" as ImageId,
      repoTags: [],
      repoDigests: [],
      sizeBytes: 1,
      diffIds: [],
      pinned: false,
    } as unknown as Image;
    return {
      newId: (digits) => String(++this.#ids).padStart(digits, "0"),
      now: () => this.world.time,
      wallNs: () => String(this.world.time),
      images: {
        normalise: (reference) => reference,
        find: (reference) => (reference === "absent" ? undefined : image),
        list: () => [image],
        remove: () => Promise.resolve(),
        usage: () => Promise.resolve({ mountpoint: "/", usedBytes: 0, inodesUsed: 0, atNs: "0" }),
        announce: () => undefined,
      },
      execs: { announce: () => undefined, take: () => ({ stdout: Buffer.from("out"), stderr: Buffer.from("") }) },
      reopenLog: () => Promise.resolve(),
      attaches: { announce: () => undefined },
      streaming: {
        exec: (id) => `http://exec/${id}`,
        attach: (id) => `http://attach/${id}`,
        forward: (id) => `http://forward/${id}`,
      },
      killsAbandoned: false,
      handlers: { resolve: (name) => name || "crun", list: () => [] },
      checkSandbox: () => undefined,
      putSandbox: (entry) => void this.disk.sandboxes.set(entry.id, entry),
      checkLimits: (_, now) => now,
      runtimeCondition: () => ({ ok: true, reason: "", message: "" }),
      figures: noFigures,
      cgroupDriver: () => "cgroupfs",
      info: () => ({}),
    };
  }

  /** Does something asynchronous with everything in the world answered meanwhile. */
  async done<Result>(promise: Promise<Result>): Promise<Result> {
    this.world.settle();
    return promise;
  }
}
