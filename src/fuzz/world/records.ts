/** Both stores of a simulated node: this boot's records, and those that outlive it. */
import type { DurableStore, Change, Table } from "../../drivers/records/durable.ts";
import type { RunKind, RunRecord, RunStore } from "../../drivers/records/run-store.ts";
import { Exhausted, Failed, Invalid } from "../../errors.ts";
import type { Node } from "./node.ts";

const KINDS: readonly RunKind[] = ["sandbox", "container", "exec"];

export const simulatedRunStore = (node: Node): RunStore => {
  const { runFiles } = node;
  return {
    put(kind, id, record, config) {
      if (!/^[0-9A-Za-z][0-9A-Za-z_.-]*$/.test(id)) throw new Invalid(`${JSON.stringify(id)} is no id of a ${kind}`);
      const key = `${kind}/${id}` as const;
      const known = runFiles.get(key);
      // On a full disk a record that is there can still be changed, in its place.
      if (node.diskFull && (!known || (config?.length && !known.config.length)))
        throw new Exhausted(`the record of the ${kind} ${id} cannot be written: no space left on device`);
      const json = JSON.stringify(record);
      const kept = known?.config.length ? known.config : (config ?? new Uint8Array());
      node.unrecorded.add(id);
      node.step("records.put", id, () => runFiles.set(key, { json, config: kept }));
      node.unrecorded.delete(id);
    },
    remove(kind, id) {
      node.step("records.remove", id, () => runFiles.delete(`${kind}/${id}`));
    },
    load() {
      const records = KINDS.flatMap((kind) => {
        const own = [...runFiles].filter(([key]) => key.startsWith(`${kind}/`));
        return own
          .toSorted(([one], [other]) => (one < other ? -1 : 1))
          .map(([key, { json, config }]): RunRecord => {
            const id = key.slice(kind.length + 1);
            return { kind, id, record: JSON.parse(json) as unknown, config };
          });
      });
      return { records, doubtful: [] };
    },
  };
};

export const simulatedDurableStore = (node: Node): DurableStore => {
  /** What was asked for and has not come about: one after another, in the order of asking. */
  const line: symbol[] = [];
  let closed = false;
  const rowsOf = (table: Table): readonly { readonly key: string; readonly json: string }[] =>
    [...node.durableRows]
      .filter(([key]) => key.startsWith(`${table}/`))
      .map(([key, json]) => ({ key: key.slice(table.length + 1), json }))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const after = <Value>(name: string, object: string, effect: () => Value, canFail: boolean): Promise<Value> => {
    if (closed) return Promise.reject(new Failed("the store is closed"));
    const place = Symbol(name);
    line.push(place);
    const leave = (): void => void (line.includes(place) && line.splice(line.indexOf(place), 1));
    const inTurn = (): Value | undefined => {
      if (line[0] !== place) return undefined; // its daemon died: nothing comes about that was asked for after what did not
      leave();
      return effect();
    };
    const isReady = (): boolean => line[0] === place;
    return (node.operation(name, object, inTurn, { canFail, isReady }) as Promise<Value>).finally(leave);
  };
  const commit = async (changes: readonly Change[]): Promise<void> => {
    if (changes.length === 0) return;
    const effect = (): void => {
      if (node.diskFull) throw new Exhausted("the disk is full");
      for (const { table, key, json } of changes) {
        if (json === null) node.durableRows.delete(`${table}/${key}`);
        else node.durableRows.set(`${table}/${key}`, json);
      }
    };
    await after("durable.commit", changes[0]?.key ?? "", effect, true);
  };
  return {
    commit,
    put: (table, key, json) => commit([{ table, key, json }]),
    remove: (table, key) => commit([{ table, key, json: null }]),
    // At its start a daemon reads, and nothing can be in the way.
    all: async (table) =>
      line.length === 0 && !closed ? rowsOf(table) : after("durable.all", table, () => rowsOf(table), false),
    close: async () => {
      if (closed) return;
      const last = line.length > 0 ? after("durable.close", "", () => {}, false) : undefined;
      closed = true;
      await last;
    },
  };
};
