/**
 * What of the monitor outlives it, in files on a memory filesystem: a record of each container and exec, and the exits that
 * no daemon has taken yet. A successor goes on from these alone.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { LogBounds } from "../drivers/logs/container-log.ts";
import { isErrno } from "../drivers/linux/libc.ts";
import { replaceFile } from "../drivers/linux/replace-file.ts";
import { failedBy } from "../errors.ts";
import type { OomBaseline } from "./oom-watch.ts";
import type { Exit } from "../vocabulary/index.ts";
import { openNote, sealNote } from "./notes.ts";
import type { KeptExit, Kind, Places, ProcessName } from "./protocol.ts";

export interface SubjectRecord {
  readonly id: string;
  readonly kind: Kind;
  /** Absent while the OCI runtime is at work. */
  readonly init?: ProcessName;
  /** Where the OCI runtime writes the pid. */
  readonly pidFile: string;
  readonly logPath?: string;
  /** Of its log (`drivers/logs/lane.ts`): where a successor finds the journal of it. */
  readonly lane?: string;
  readonly logBounds?: LogBounds;
  readonly journaldName?: string;
  /** It was to have an open stdin; whether that was closed since, the FIFO's name tells (`container-streams.ts`). */
  readonly stdin?: boolean;
  /** It has a terminal. */
  readonly terminal?: boolean;
  readonly watchOom: boolean;
  readonly oom?: OomBaseline;
  /** With its exit: a daemon has it in its records. */
  readonly acknowledged?: Exit;
  /** Nobody wants to hear of its end. */
  readonly forgotten: boolean;
}

export interface Left {
  readonly records: readonly SubjectRecord[];
  readonly exits: readonly KeptExit[];
  /** A sentence for each file that cannot be read. */
  readonly doubts: readonly string[];
}

export class Records {
  readonly #places: Places;
  readonly #records = new Map<string, SubjectRecord>();

  constructor(places: Places) {
    this.#places = places;
    for (const directory of [places.monitor, places.exits]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  get(id: string): SubjectRecord | undefined {
    return this.#records.get(id);
  }

  /** Makes the subject's directory, which must not be there. */
  add(record: SubjectRecord): void {
    mkdirSync(this.#places.subject(record.id), { mode: 0o700 });
    this.#write(record);
  }

  /** Unknown ids are fine. */
  change(id: string, change: Partial<SubjectRecord>): void {
    const record = this.#records.get(id);
    if (record) this.#write({ ...record, ...change });
  }

  /** The record, the exit and everything in the subject's directory. */
  remove(id: string): void {
    this.#records.delete(id);
    rmSync(this.#places.subject(id), { recursive: true, force: true });
    rmSync(this.#places.exit(id), { force: true });
  }

  keepExit(kept: KeptExit): void {
    replace(this.#places.exit(kept.id), kept);
  }

  /** The record first: an exit that is neither kept nor acknowledged would be told as unknown. */
  acknowledge(id: string): void {
    const kept = this.exitOf(id);
    if (kept) this.change(id, { acknowledged: kept.exit });
    rmSync(this.#places.exit(id), { force: true });
  }

  exitOf(id: string): KeptExit | undefined {
    return read<KeptExit>(this.#places.exit(id));
  }

  /** What a predecessor left: records, and exits whose record is gone already. What cannot be read is left where it is. */
  load(): Left {
    const doubts: string[] = [];
    const attempt = (file: string, step: () => void): void => {
      try {
        step();
      } catch (error) {
        doubts.push(`${file} cannot be read (${error instanceof Error ? error.message : String(error)})`);
      }
    };
    const folders = readdirSync(this.#places.monitor, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of folders)
      attempt(this.#places.record(name), () => {
        const record = read<SubjectRecord>(this.#places.record(name));
        if (!record) return rmSync(this.#places.subject(name), { recursive: true, force: true }); // died before it wrote it
        if (record.id !== name) throw new Error(`it is the record of ${JSON.stringify(record.id)}`);
        this.#records.set(name, record);
      });
    const exits: KeptExit[] = [];
    for (const name of readdirSync(this.#places.exits))
      attempt(this.#places.exit(name), () => {
        const kept = this.exitOf(name);
        if (kept) exits.push(kept);
      });
    return { records: [...this.#records.values()], exits, doubts };
  }

  /** Everything but the lock and the monitor's output; when it leaves. */
  clear(): void {
    rmSync(this.#places.monitor, { recursive: true, force: true });
  }

  #write(record: SubjectRecord): void {
    this.#records.set(record.id, record);
    replace(this.#places.record(record.id), record);
  }
}

/** Whole or not there, whenever we are killed. */
const replace = (path: string, value: object): void => {
  try {
    replaceFile(path, sealNote(value));
  } catch (error) {
    throw failedBy(`${path} cannot be written`, error);
  }
};

const read = <Value>(path: string): Value | undefined => {
  if (path.endsWith(".new")) return undefined;
  try {
    return openNote(readFileSync(path, "utf8")) as Value;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
};
