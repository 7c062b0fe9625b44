/** One simulated node: what outlives any daemon. Its drivers (in the files beside) act on it; the schedule moves it. */
import { Failed } from "../../errors.ts";
import type { Choices } from "../choices.ts";
import type { Attached } from "../../drivers/cni/network.ts";
import type { RunKind } from "../../drivers/records/run-store.ts";
import { Kernel, type Process } from "./kernel.ts";
import { Ledger } from "./ledger.ts";
import { Operations, type OperationOptions } from "./operations.ts";
import { Timers } from "./timers.ts";

/** What can go wrong in this schedule, each per thousand. */
export interface Perils {
  readonly before: number;
  readonly after: number;
  readonly hang: number;
  /** A synchronous step fails, or its daemon dies in it. */
  readonly sync: number;
  readonly death: number;
  /** This operation, or step, fails far more often. */
  readonly sick?: string | undefined;
}
/** How often what is sick fails, in each of its ways. */
export const SICK = 150;
export const noPerils: Perils = { before: 0, after: 0, hang: 0, sync: 0, death: 0 };

/** Thrown where a daemon dies in mid-step: nothing of it runs on. */
export class Death extends Error {}

export interface StoredRecord {
  readonly json: string;
  readonly config: Uint8Array;
}

/** What the monitor notes of a subject, as far as its successor needs it. */
export interface SubjectNote {
  readonly kind: "container" | "exec";
  /** Made by its runtime; the pid file says so even where the note does not. */
  readonly process: Process | undefined;
  readonly forgotten: boolean;
  readonly acknowledged: Process["end"];
  /** Of a container: its stdin is open, or was. */
  readonly stdin: "none" | "open" | "closed";
  readonly terminal: boolean;
}

export interface NodeOptions {
  readonly choices: Choices;
  readonly kernelTellsExits: boolean;
}

/** Things of these kinds lie on a disk and outlive a reboot. */
const ON_DISK = ["layers", "lease", "rules", "cni-cache", "pull"];
/** A step is refused without or with its effect, or the daemon dies before or after it. */
const FATES = ["ok", "before", "after", "dies before", "dies after"] as const;
const BORN_MS = 1_700_000_000_000;

export class Node {
  readonly choices: Choices;
  readonly timers = new Timers();
  readonly operations = new Operations(this.timers);
  readonly ledger = new Ledger();
  readonly kernel: Kernel;
  /** `/run/troupe`: by kind and id. */
  readonly runFiles = new Map<`${RunKind}/${string}`, StoredRecord>();
  /** `/var/lib/troupe/troupe.db`: by table and key. */
  readonly durableRows = new Map<string, string>();
  /** The one image is there, on a disk. */
  hasImage = true;
  /** The network's cache, on a disk. */
  readonly attached = new Map<string, Attached>();
  /** The monitor's notes and exit files. */
  readonly notes = new Map<string, SubjectNote>();
  readonly exitFiles = new Map<string, NonNullable<Process["end"]>>();
  /** Pids of the processes whose process namespaces containers are to join, as their bundles say. */
  readonly joined = new Map<string, number>();
  /** The lanes of the permits that are held, by holder. */
  readonly permitted = new Map<string, string>();
  /** Paths at which checkpoints are, each whole. */
  readonly archives = new Set<string>();
  /** The limits of containers' memory, as the kernel has them. */
  readonly limits = new Map<string, number>();
  readonly findings: string[] = [];
  /** Objects whose stop signal may go out again: it was sent, and whoever sent it was told that it had failed, or crashed. */
  readonly excused = new Set<string>();
  perils: Perils = noPerils;
  /** /run and /var take no byte more. */
  diskFull = false;
  /** Of whose last step there is no record: an actor that begins again does not know of it. */
  readonly unrecorded = new Set<string>();
  /** There is a network configuration. */
  networkReady = true;
  /** In so many steps the daemon dies: before the effect (3) or after it (4). For scripts. */
  ambush: { left: number; readonly fate: 3 | 4 } | undefined;
  /** The daemon's life; a dead one's number never comes again. */
  life = 0;
  /** Called where the daemon dies in mid-step. */
  died: () => void = () => {};
  /** Nothing has gone wrong so far, and nothing has ended by itself. */
  calm = true;
  #lives = 0;
  #ids = 0;
  #addresses = 0;
  #wallShiftMs = 0;
  #boot = 1;

  constructor({ choices, kernelTellsExits }: NodeOptions) {
    this.choices = choices;
    this.kernel = new Kernel({ tellsExits: kernelTellsExits, wallNs: () => this.wallNs() });
  }

  newLife(): number {
    return ++this.#lives;
  }

  newId(): number {
    return ++this.#ids;
  }

  newAddress(): number {
    return ++this.#addresses;
  }

  get boot(): number {
    return this.#boot;
  }

  wallMs(): number {
    return BORN_MS + this.timers.now + this.#wallShiftMs;
  }
  wallNs(): string {
    return `${this.wallMs()}000000`;
  }
  /** Somebody sets the clock. */
  shiftWall(ms: number): void {
    this.#wallShiftMs += ms;
  }

  find(text: string): void {
    this.findings.push(text);
  }

  /** An operation of the daemon that lives now. */
  operation<Value>(
    name: string,
    object: string,
    effect: () => Value,
    options: Omit<OperationOptions, "life"> = {},
  ): Promise<Value> {
    return this.operations.begin(name, object, effect, { ...options, life: this.life });
  }

  /** A step of the daemon that takes no time: it works, it is refused, or its daemon dies before or after it. */
  step(name: string, object: string, effect: () => void): void {
    const { sync, death, sick } = this.perils;
    const fate = this.#isAmbush()
      ? (this.ambush?.fate ?? 0)
      : this.choices.chance(name === sick ? SICK : sync)
        ? 1 + this.choices.below(2)
        : this.choices.chance(death)
          ? 3 + this.choices.below(2)
          : 0;
    this.operations.fated?.(name, object, FATES[fate] ?? "ok");
    if (fate !== 0) this.calm = false;
    if (fate === 3) this.#die();
    if (fate !== 1) effect();
    if (fate === 4) this.#die();
    if (fate === 1 || fate === 2) throw new Failed(`${name} of ${object} failed, as the schedule says`);
  }

  #isAmbush(): boolean {
    return this.ambush !== undefined && this.ambush.left-- === 0;
  }

  #die(): never {
    this.died();
    throw new Death();
  }

  /** The daemon has died: of what ended and was kept nowhere, nobody can tell the code any more. */
  loseUntold(): void {
    this.kernel.losses.daemon++;
    for (const process of this.kernel.all())
      if (process.phase === "ended" && process.reaped && !this.exitFiles.has(process.object))
        process.mayBeUnknown = true;
  }

  /** The power goes and comes back: memory is empty, disks are as they were. */
  reboot(): void {
    this.#boot++;
    this.kernel.reboot();
    this.operations.drop();
    this.runFiles.clear();
    this.notes.clear();
    this.exitFiles.clear();
    this.joined.clear();
    this.ledger.keepOnly(ON_DISK);
  }
}
