/** The thread that has the database open: each list of questions is answered at once, its changes in one transaction. */
import { closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { Exhausted, Failed, toFailure, type Failure } from "../../errors.ts";
import { sumOf } from "./envelope.ts";
import type { Answer, Question, Row } from "./durable-messages.ts";
import type { Change, Table } from "./durable.ts";

const tables: readonly Table[] = ["images", "attachments", "leaks"];
const table = (name: string): string => `CREATE TABLE ${name} (key TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT;`;
/** Over a row, by which bits that have changed are noticed: SQLite has no sums of its own outside of its journal. */
const sumOfRow = (key: string, json: string): string => sumOf(`${key}\n${json}`);

const summed = (database: DatabaseSync, name: string): void => {
  database.exec(`ALTER TABLE ${name} ADD COLUMN sum TEXT NOT NULL DEFAULT ''`);
  const rows = database.prepare(`SELECT key, json FROM ${name}`).all() as unknown as readonly Row[];
  const update = database.prepare(`UPDATE ${name} SET sum = ? WHERE key = ?`);
  for (const { key, json } of rows) update.run(sumOfRow(key, json), key);
};

type Step = (database: DatabaseSync) => void;
/** `steps[n]` makes schema n + 1 of schema n, 0 being an empty file: what an earlier Troupe wrote is brought up to this one. */
const steps: readonly Step[] = [
  (database) => database.exec(["images", "attachments", "leaks"].map(table).join(" ")),
  (database) => ["images", "attachments", "leaks"].forEach((name) => summed(database, name)),
];
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

const { file, mayOpen } = workerData as { readonly file: string; readonly mayOpen: Int32Array };

const open = (): DatabaseSync => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, "a", 0o600)); // SQLite gives its other files the mode of this one
  const database = new DatabaseSync(file);
  // Exclusive: there is one daemon, and without a file of shared memory the store opens on a full disk too.
  database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > steps.length) {
    throw new Failed(
      `it was written by a newer Troupe (schema ${version}, this one knows ${steps.length}): use that one; containers ` +
        "that run are not affected",
    );
  }
  if (version < steps.length) {
    database.exec("BEGIN IMMEDIATE");
    for (const step of steps.slice(version)) step(database);
    database.exec(`PRAGMA user_version = ${steps.length}; COMMIT`);
    const directory = openSync(dirname(file), "r");
    fsyncSync(directory);
    closeSync(directory);
  }
  return database;
};

const codeOf = (error: unknown): number => ((error as { errcode?: number }).errcode ?? 0) % 256;

const explained = (error: unknown): unknown => {
  if (!(error instanceof Error)) return error;
  if (codeOf(error) === SQLITE_READONLY || (error as NodeJS.ErrnoException).code === "EROFS")
    return new Failed(`${error.message}; it has to be writable; containers that run are not affected`, error);
  if (codeOf(error) === SQLITE_IOERR)
    return new Failed(
      `${error.message}: the kernel's log and the disk's own state have the reason; what was acknowledged is there again ` +
        "when it can be read; containers that run are not affected",
      error,
    );
  if ([SQLITE_CORRUPT, SQLITE_NOTADB].includes(codeOf(error)) || (error as NodeJS.ErrnoException).code === "EISDIR")
    return new Failed(
      `it is damaged: ${error.message}; put a good copy in its place, or move it away: then images have to be pulled ` +
        "again; containers that run are not affected",
      error,
    );
  return error;
};

const opened = (): DatabaseSync => {
  try {
    return open();
  } catch (error) {
    throw explained(error);
  }
};

Atomics.wait(mayOpen, 0, 0); // until the daemon knows that it is the only one
const database = opened();
const statements = new Map(
  tables.map((table) => [
    table,
    {
      put: database.prepare(`INSERT OR REPLACE INTO ${table} (key, json, sum) VALUES (?, ?, ?)`),
      remove: database.prepare(`DELETE FROM ${table} WHERE key = ?`),
      all: database.prepare(`SELECT key, json, sum FROM ${table} ORDER BY key`),
    },
  ]),
);

const statement = (table: Table, verb: "put" | "remove" | "all"): StatementSync => {
  const found = statements.get(table);
  if (!found) throw new Failed(`there is no table ${JSON.stringify(table)}`);
  return found[verb];
};

const apply = ({ table, key, json }: Change): void => {
  if (json === null) statement(table, "remove").run(key);
  else statement(table, "put").run(key, json, sumOfRow(key, json));
};

/** A full disk is the askers' trouble; whatever else SQLite says means that nothing can be trusted any more: thrown. */
const commit = (changes: readonly Change[]): Failure | undefined => {
  if (changes.length === 0) return undefined;
  try {
    database.exec("BEGIN IMMEDIATE");
    for (const change of changes) apply(change);
    database.exec("COMMIT");
    return undefined;
  } catch (error) {
    if (codeOf(error) !== SQLITE_FULL) throw explained(error);
    if (database.isTransaction) database.exec("ROLLBACK");
    return toFailure(new Exhausted(`${file} cannot grow: its disk is full`));
  }
};

const toRow = ({ key, json, sum }: Readonly<Record<string, unknown>>): Row => {
  const row = { key: String(key), json: String(json) };
  if (sum === sumOfRow(row.key, row.json)) return row;
  return { ...row, damaged: "it is damaged: its sum does not fit what it says" };
};

const answerOf = (question: Question, failure: Failure | undefined): Answer => {
  if ("changes" in question) return failure ? { failure } : { rows: [] };
  if ("all" in question) return { rows: statement(question.all, "all").all().map(toRow) };
  database.close();
  return { rows: [] };
};

parentPort?.on("message", (questions: readonly Question[]) => {
  const failure = commit(questions.flatMap((question) => ("changes" in question ? question.changes : [])));
  parentPort?.postMessage(questions.map((question) => answerOf(question, failure)));
});
parentPort?.postMessage("open");
