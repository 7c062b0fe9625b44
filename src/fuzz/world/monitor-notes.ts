/** What a simulated monitor writes down, and strikes out again. */
import type { Node } from "./node.ts";

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
