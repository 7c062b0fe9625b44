/** What a simulated monitor writes down, and strikes out again. */
import type { Exit } from "../../vocabulary/index.ts";
import type { Node } from "./node.ts";
import type { Asked } from "./tools.ts";

/** A tool is about to make it. */
export const noteBegun = ({ notes, ledger }: Node, asked: Asked, id: string): void => {
  const create = asked.verb === "create" ? asked.request : undefined;
  notes.set(id, {
    kind: create ? "container" : "exec",
    process: undefined,
    forgotten: false,
    acknowledged: undefined,
    stdin: create?.stdin ? "open" : "none",
    terminal: create?.terminal ?? false,
  });
  ledger.put("subject", id);
};

export const noteExit = ({ exitFiles, ledger, diskFull }: Node, id: string, exit: Exit): void => {
  if (!diskFull) exitFiles.set(id, exit);
  ledger.put("exit-file", id);
};

/** The exit is in a daemon's records. */
export const noteAcknowledged = (node: Node, id: string): void => {
  const [note, kept] = [node.notes.get(id), node.exitFiles.get(id)];
  if (note && kept) node.notes.set(id, { ...note, acknowledged: kept });
  dropExit(node, id);
};

export const noteForgotten = ({ notes }: Node, id: string): void => {
  const note = notes.get(id);
  if (note) notes.set(id, { ...note, forgotten: true });
};

/** A stdin comes to its end, for good. */
export const noteClosed = ({ notes }: Node, id: string): void => {
  const note = notes.get(id);
  if (note?.stdin === "open") notes.set(id, { ...note, stdin: "closed" });
};

/** Nothing is kept of it. */
export const strikeOut = (node: Node, id: string): void => {
  node.notes.delete(id);
  node.ledger.drop("subject", id);
  dropExit(node, id);
};

/** The monitor leaves, and what it has noted goes with it. */
export const strikeOutAll = ({ notes, ledger }: Node): void => {
  for (const id of notes.keys()) ledger.drop("subject", id);
  notes.clear();
};

const dropExit = ({ exitFiles, ledger }: Node, id: string): void => {
  exitFiles.delete(id);
  ledger.drop("exit-file", id);
};
