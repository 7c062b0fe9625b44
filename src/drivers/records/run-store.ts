/**
 * Records of this boot's sandboxes, containers and execs: files on /run, which is memory. A reboot takes them with it, as
 * it takes what they are about. Synchronous, for a write costs microseconds there, and never synced.
 *
 *   DIR/KIND/ID.json     `{"version":1,"configBytes":…,"record":…}`
 *   DIR/KIND/ID.config   the configuration's bytes as they came, written before the record that counts them
 *   ….new                one that was being written when its daemon died
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { failedBy, Invalid } from "../../errors.ts";
import { isErrno } from "../linux/libc.ts";

export type RunKind = "sandbox" | "container" | "exec";
const kinds: readonly RunKind[] = ["sandbox", "container", "exec"];
const version = 1;

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
  /** `record` is JSON. Without `config` the one put before stays. Throws Failed: the file system refused. */
  put(kind: RunKind, id: string, record: unknown, config?: Uint8Array): void;
  /** One that is not there is fine. */
  remove(kind: RunKind, id: string): void;
  load(): { readonly records: readonly RunRecord[]; readonly doubtful: readonly DoubtfulRecord[] };
}

/** `dir`: `/run/troupe`. */
export const runStore = ({ dir }: { readonly dir: string }): RunStore => {
  for (const kind of kinds) mkdirSync(join(dir, kind), { recursive: true, mode: 0o700 });
  const configBytes = new Map<string, number>();

  const pathOf = (kind: RunKind, id: string, ending: "json" | "config"): string => {
    if (!/^[0-9A-Za-z][0-9A-Za-z_.-]*$/.test(id)) throw new Invalid(`${JSON.stringify(id)} is no id of a ${kind}`);
    return join(dir, kind, `${id}.${ending}`);
  };

  const read = (kind: RunKind, id: string): RunRecord => {
    const envelope = JSON.parse(readFileSync(pathOf(kind, id, "json"), "utf8")) as Partial<Envelope> | null;
    if (envelope?.version !== version) throw new Error(`it is of another version than ${version}`);
    const config = envelope.configBytes === 0 ? Buffer.alloc(0) : readFileSync(pathOf(kind, id, "config"));
    if (config.length !== envelope.configBytes) {
      throw new Error(`its configuration has ${config.length} bytes instead of ${envelope.configBytes}`);
    }
    configBytes.set(`${kind}/${id}`, config.length);
    return { kind, id, record: envelope.record, config };
  };

  return {
    put(kind, id, record, config) {
      const path = pathOf(kind, id, "json");
      try {
        if (config && config.length > 0) replace(pathOf(kind, id, "config"), config);
        const size = config?.length ?? configBytes.get(`${kind}/${id}`) ?? 0;
        write(path, JSON.stringify({ version, configBytes: size, record } satisfies Envelope));
        configBytes.set(`${kind}/${id}`, size);
      } catch (error) {
        throw failedBy(`the record of the ${kind} ${id} cannot be written to ${path}`, error);
      }
    },

    remove(kind, id) {
      rmSync(pathOf(kind, id, "json"), { force: true });
      rmSync(pathOf(kind, id, "config"), { force: true });
      configBytes.delete(`${kind}/${id}`);
    },

    load() {
      const records: RunRecord[] = [];
      const doubtful: DoubtfulRecord[] = [];
      for (const kind of kinds) {
        const names = new Set(readdirSync(join(dir, kind)).toSorted());
        for (const name of names) {
          const file = join(dir, kind, name);
          const [, id = name, ending] = /^(.*)\.(json|config|json\.new|config\.new)$/.exec(name) ?? [];
          if (ending === "config" && names.has(`${id}.json`)) continue;
          // Steps of our own that came to nothing: a configuration whose record was not written yet, or is gone already.
          if (ending !== undefined && ending !== "json") rmSync(file, { force: true });
          else if (ending === undefined) doubtful.push({ file, kind, id, reason: "it is no file of this store" });
          else
            attempt(
              () => records.push(read(kind, id)),
              (reason) => doubtful.push({ file, kind, id, reason }),
            );
        }
      }
      return { records, doubtful };
    },
  };
};

interface Envelope {
  readonly version: number;
  readonly configBytes: number;
  readonly record: unknown;
}

const PAGE = 4096;

/**
 * With /run full a stop and a removal still have to be written down. They are about something that has a record, and that has
 * a page of memory: what fits into it is written there, in one call, which no kill can cut in half.
 */
const write = (path: string, json: string): void => {
  try {
    replace(path, json);
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

/** Readers see the old file or the new one, whole. */
const replace = (path: string, content: string | Uint8Array): void => {
  try {
    writeFileSync(`${path}.new`, content, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (error) {
    rmSync(`${path}.new`, { force: true });
    throw error;
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
