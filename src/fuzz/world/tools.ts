/** `create` and `exec` of the simulated OCI runtime: programs that the monitor starts, and that go on when it dies. */
import { Failed, NotAllowed, Overdue, Unavailable } from "../../errors.ts";
import type { Request } from "../../monitor/protocol.ts";
import type { Process } from "./kernel.ts";
import type { Node } from "./node.ts";

export type Asked = Extract<Request, { verb: "create" | "exec" }>;

export interface Parent {
  readonly life: number;
  readonly alive: boolean;
  whenAwake(work: () => void): void;
}

/** Resolves with the process that it has made: its parent's, or PID 1's where that has died meanwhile. */
export const beginTool = (node: Node, asked: Asked, parent: Parent): Promise<Process> => {
  const isCreate = asked.verb === "create";
  const id = isCreate ? asked.request.id : asked.request.execId;
  const about = isCreate ? id : asked.request.containerId;
  const { life } = parent;
  const bound = new AbortController();
  const giveUp = (): void => parent.whenAwake(() => bound.abort(new Overdue("the runtime took too long")));
  const timer = node.timers.set(giveUp, asked.request.boundMs, life);
  const make = (): Process => {
    const process = isCreate ? makeContainer(node, id, parent) : makeExec(node, id, about, parent);
    const note = node.notes.get(id);
    if (note) node.notes.set(id, { ...note, process });
    return process;
  };
  return node.operations
    .begin(isCreate ? "tool.create" : "tool.exec", id, make, { life, about, outlives: true, signal: bound.signal })
    .finally(() => node.timers.clear(timer));
};

const makeContainer = (node: Node, id: string, parent: Parent): Process => {
  const { ledger, kernel, joined } = node;
  if (ledger.has("oci", id)) throw new Failed(`container ${id} is there already`);
  const inside = joined.get(id);
  if (inside !== undefined && kernel.find({ pid: inside, startTicks: inside })?.phase === "ended")
    throw new Failed(`the process namespace that container ${id} is to join has gone`);
  for (const thing of ["oci", "cgroup"]) ledger.put(thing, id);
  ledger.put("cgroup-parent", "/troupe");
  return spawn(node, { object: id, kind: "container", container: id, inside }, parent);
};

const makeExec = (node: Node, id: string, container: string, parent: Parent): Process => {
  const init = node.kernel.of(container);
  if (init?.phase !== "running") throw new NotAllowed(`container ${container} does not run`);
  if (!node.ledger.has("exec-fifos", id)) throw new Unavailable("nobody listens to its output");
  const process = spawn(node, { object: id, kind: "exec", container, inside: init.inside }, parent);
  process.phase = "running";
  return process;
};

const spawn = (
  { kernel, choices }: Node,
  made: Pick<Process, "object" | "kind" | "container"> & { readonly inside: number | undefined },
  { alive, life }: Parent,
): Process => {
  const process = kernel.spawn({
    ...made,
    parent: alive ? life : 0,
    deaf: choices.chance(200),
    stuck: choices.chance(30),
  });
  if (!alive) process.mayBeUnknown ||= !kernel.tellsExits;
  return process;
};
