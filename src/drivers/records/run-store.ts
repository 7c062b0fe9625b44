/**
 * Records of this boot's sandboxes, containers and execs: files on /run, which is memory. A reboot takes them with it, as
 * it takes what they are about. Synchronous, for a write costs microseconds there, and never synced.
 *
 *   DIR/KIND/ID.json     `{"version":2,"by":"0.1.0","config":{"bytes":…,"sum":…},"record":…,"sum":…}`
 *   DIR/KIND/ID.config   the configuration's bytes as they came, written before the record that counts them
 *   ….new                one that was being written when its daemon died
 */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Failed, failedBy, Invalid } from "../../errors.ts";
import { isErrno } from "../linux/libc.ts";
import { namesIn } from "../linux/listing.ts";
import { replaceFile } from "../linux/replace-file.ts";
import { seal, sumOf, unseal, type Format, type Step } from "./envelope.ts";

export type RunKind = "sandbox" | "container" | "exec";
export const runKinds: readonly RunKind[] = ["sandbox", "container", "exec"];

/** Records of earlier Troupes are read, those of the version before this one at the least. */
const steps: readonly Step[] = [({ configBytes, ...rest }) => ({ ...rest, config: { bytes: configBytes } })];

export interface RunRecord {
  readonly kind: RunKind;
  readonly id: string;
  /** JSON, as it was put. */
  readonly record: unknown;
  /** Empty where none was put. */
  readonly config: Uint8Array;
}

/** A file that is no record this version could read. It is left where it is. */
export interface DoubtfulRecord {
  readonly file: string;
  readonly kind: string;
  /** From the file's name: what it is about, if it is about anything. */
  readonly id: string;
  readonly reason: string;
}

export interface RunStore {
  /**
   * `record` is JSON. `config` never changes: it is written where there is none yet, or none any more after a removal that
   * failed half-way; without it the one put before stays. Throws Failed: the file system refused.
   */
  put(kind: RunKind, id: string, record: unknown, config?: Uint8Array): void;
  /** One that is not there is fine. */
  remove(kind: RunKind, id: string): void;
  load(): { readonly records: readonly RunRecord[]; readonly doubtful: readonly DoubtfulRecord[] };
}

export interface RunStoreOptions {
  /** `/run/troupe`. */
  readonly dir: string;
  /** The version of this program. */
  readonly program: string;
}

/** Throws Failed where its directories cannot be made. */
export const runStore = (options: RunStoreOptions): RunStore => {
  for (const kind of runKinds) prepare(join(options.dir, kind));
  const { put, remove, walk } = filesOf(options);
  return { put, remove, load: () => walk((file) => rmSync(file, { force: true })) };
};

export interface RecordsSeen {
  readonly records: readonly RunRecord[];
  readonly doubtful: readonly DoubtfulRecord[];
  /** Steps of a daemon that came to nothing, or have not come to their end yet. */
  readonly unfinished: readonly string[];
}

/** For who only looks, beside a daemon at work too: nothing is made, and nothing is deleted. */
export const lookAtRecords = (options: RunStoreOptions): RecordsSeen => {
  const unfinished: string[] = [];
  return { ...filesOf(options).walk((file) => unfinished.push(file)), unfinished };
};

type Files = Pick<RunStore, "put" | "remove"> & {
  walk(unfinished: (file: string) => void): ReturnType<RunStore["load"]>;
};

const filesOf = ({ dir, program }: RunStoreOptions): Files => {
  const format: Format = { program, steps };
  const configs = new Map<string, Config>();

  const pathOf = (kind: RunKind, id: string, ending: "json" | "config"): string => {
    if (!/^[0-9A-Za-z][0-9A-Za-z_.-]*$/.test(id)) throw new Invalid(`${JSON.stringify(id)} is no id of a ${kind}`);
    return join(dir, kind, `${id}.${ending}`);
  };

  const read = (kind: RunKind, id: string): RunRecord => {
    // The shape is what `put` has sealed.
    const content = unseal(readFileSync(pathOf(kind, id, "json")), format) as unknown as Content;
    const { bytes, sum } = content.config;
    const config = bytes === 0 ? Buffer.alloc(0) : readFileSync(pathOf(kind, id, "config"));
    if (config.length !== bytes) throw new Error(`its configuration has ${config.length} bytes instead of ${bytes}`);
    const found = sumOf(config);
    if (sum !== undefined && found !== sum)
      throw new Error("its configuration is damaged: it does not have the sum that the record says");
    if (bytes > 0) configs.set(`${kind}/${id}`, { bytes, sum: found });
    return { kind, id, record: content.record, config };
  };

  return {
    put(kind, id, record, config) {
      const path = pathOf(kind, id, "json");
      const key = `${kind}/${id}`;
      try {
        const known = configs.get(key);
        const fresh = known || !config?.length ? undefined : { bytes: config.length, sum: sumOf(config) };
        if (fresh && config) replaceFile(pathOf(kind, id, "config"), config);
        write(path, seal({ config: fresh ?? known ?? { bytes: 0 }, record } satisfies Content, format));
        if (fresh) configs.set(key, fresh);
      } catch (error) {
        throw failedBy(`the record of the ${kind} ${id} cannot be written to ${path}`, error);
      }
    },

    remove(kind, id) {
      const files = [pathOf(kind, id, "json"), pathOf(kind, id, "config")];
      configs.delete(`${kind}/${id}`); // first: whoever removes only half of it may still write the record again
      for (const file of files) rmSync(file, { force: true });
    },

    walk(unfinished) {
      const records: RunRecord[] = [];
      const doubtful: DoubtfulRecord[] = [];
      for (const kind of runKinds) {
        const names = new Set(namesIn(join(dir, kind))); // none before the first daemon of this boot
        for (const name of names) {
          const file = join(dir, kind, name);
          const [, id = name, ending] = /^(.*)\.(json|config|json\.new|config\.new)$/.exec(name) ?? [];
          if (ending === "config" && names.has(`${id}.json`)) continue;
          attempt(
            () => {
              if (ending === undefined) throw new Error("it is no file of this store");
              if (ending === "json") records.push(read(kind, id));
              // A step of our own that came to nothing: a configuration whose record was not written yet, or is gone.
              else unfinished(file);
            },
            (reason) => doubtful.push({ file, kind, id, reason }),
          );
        }
      }
      return { records, doubtful };
    },
  };
};

interface Config {
  readonly bytes: number;
  /** Absent: a Troupe wrote it that made none. */
  readonly sum?: string;
}

interface Content extends Record<string, unknown> {
  readonly config: Config;
  readonly record: unknown;
}

const prepare = (directory: string): void => {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (!isErrno(error, "EEXIST", "ENOTDIR")) throw failedBy(`the directory ${directory} cannot be made`, error);
    throw new Failed(
      `${directory} is not the directory of records that it was: put it back; without its records nothing that runs ` +
        "could be told from what is left over; containers that run are not affected",
      error,
    );
  }
};

const PAGE = 4096;

/**
 * With /run full a stop and a removal still have to be written down. They are about something that has a record, and that has
 * a page of memory: what fits into it is written there, in one call, which no kill can cut in half.
 */
const write = (path: string, json: string): void => {
  try {
    replaceFile(path, json);
  } catch (error) {
    const old = isErrno(error, "ENOSPC") ? statSync(path, { throwIfNoEntry: false })?.size : undefined;
    if (old === undefined || old === 0 || Buffer.byteLength(json) > PAGE || old > PAGE) throw error;
    const file = openSync(path, "r+");
    try {
      writeSync(file, json.padEnd(json.length + Math.max(0, old - Buffer.byteLength(json))), 0); // blanks are JSON's to skip
    } finally {
      closeSync(file);
    }
  }
};

const attempt = (step: () => void, failed: (reason: string) => void): void => {
  try {
    step();
  } catch (error) {
    failed(messageOf(error));
  }
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
