/** Streams of execs and attaches in a simulated daemon; what commands print is always the same word. */
import type { ExecOutputs } from "../../drivers/execs/exec-outputs.ts";
import type { JoinedStreams } from "../../drivers/execs/joined-streams.ts";
import { NotFound } from "../../errors.ts";
import type { Node } from "./node.ts";

export const simulatedExecs = (node: Node): ExecOutputs => {
  /** Those that this daemon has opened itself. */
  const opened = new Set<string>();
  const know = (id: string): void => {
    if (!opened.has(id)) throw new NotFound("exec", id);
  };
  return {
    open: (id) => {
      node.step("execs.open", id, () => {
        node.ledger.put("exec-fifos", id);
        opened.add(id);
      });
      return { stdout: `/run/troupe/execs/${id}/stdout`, stderr: `/run/troupe/execs/${id}/stderr` };
    },
    read: know,
    ended: async (id) => {
      know(id);
      await node.operation("execs.ended", id, () => {});
    },
    take: (id) => {
      know(id);
      return { stdout: Buffer.from("out"), stderr: Buffer.alloc(0) };
    },
    remove: (id) =>
      node.step("execs.remove", id, () => {
        opened.delete(id);
        node.ledger.drop("exec-fifos", id);
      }),
    clear: () => {
      for (const thing of node.ledger.all())
        if (thing.startsWith("exec-fifos ")) node.ledger.drop("exec-fifos", thing.slice(11));
    },
  };
};

const SIGHUP = 1;

export const simulatedStreams = (node: Node): JoinedStreams => {
  /** By id: whether a terminal is wanted, or there. */
  const opened = new Map<string, boolean>();
  const joined = new Map<string, boolean>();
  return {
    open(id, { stdin, stdout, stderr, console = false }) {
      node.step("streams.open", id, () => {
        node.ledger.put("exec-fifos", id);
        opened.set(id, console);
      });
      const place = `/run/troupe/execs/${id}`;
      return {
        ...(stdin && !console && { stdin: `${place}/stdin` }),
        ...(stdout && { stdout: `${place}/stdout` }),
        ...(stderr && { stderr: `${place}/stderr` }),
        ...(console && { console: `${place}/console` }),
      };
    },
    join(id, { stdin }) {
      const console = opened.get(id);
      if (console === undefined) throw new NotFound("exec", id);
      opened.delete(id);
      joined.set(id, console);
      stdin?.resume(); // nobody reads it; its end is heard
    },
    hangUp(id) {
      node.step("streams.hangUp", id, () => {
        const process = joined.get(id) === true ? node.kernel.of(id) : undefined;
        if (process) node.kernel.signal(process, SIGHUP, node.life);
      });
    },
    async delivered(id) {
      if (joined.delete(id)) await node.operation("streams.delivered", id, () => {}, { canFail: false });
    },
    remove: (id) =>
      node.step("streams.remove", id, () => {
        opened.delete(id);
        node.ledger.drop("exec-fifos", id);
      }),
  };
};
