/** Hands of execs: the command and its output, which no actor may know, looked up by id. */
import type { Drivers } from "../actors/drivers.ts";
import { NotFound } from "../errors.ts";
import type { Init } from "../machines/container-recovery.ts";
import type { Books } from "../supervisors/books.ts";
import type { ExecUnderWay, Services } from "../supervisors/services.ts";
import type { ContainerId, ExecId } from "../vocabulary/index.ts";
import { containerEntryOf } from "./container-hands.ts";
import type { Parts } from "./parts.ts";

const SPAWN_MS = 55_000;
/** A child that outlived the command may hold its output open; what it says is not waited for. */
const LINGER_MS = 1_000;

interface Announced extends ExecUnderWay {
  readonly command: readonly string[];
  process?: Init;
  processFile: string;
  paths: { readonly stdout: string; readonly stderr: string };
}

export const execHands = (
  { bundles, clock, execs, monitor, processes, runtimes }: Parts,
  books: Books,
): {
  readonly drivers: Drivers["execs"];
  readonly services: Services["execs"];
  readonly underWay: () => readonly ExecUnderWay[];
} => {
  const announced = new Map<string, Announced>();
  const outputs = new Map<string, { stdout: Uint8Array; stderr: Uint8Array }>();
  const of = (id: string): Announced => {
    const one = announced.get(id);
    if (!one) throw new NotFound("exec", id);
    return one;
  };
  return {
    underWay: () => [...announced.values()].map(({ id, containerId, sandboxId }) => ({ id, containerId, sandboxId })),
    services: {
      announce: (exec, command) =>
        void announced.set(exec.id, { ...exec, command, processFile: "", paths: { stdout: "", stderr: "" } }),
      take(id) {
        const output = outputs.get(id) ?? { stdout: new Uint8Array(), stderr: new Uint8Array() };
        outputs.delete(id);
        return output;
      },
    },
    drivers: {
      async prepare({ id, containerId }) {
        const exec = of(id);
        exec.processFile = await bundles.writeProcess(containerId as ContainerId, id, exec.command);
        exec.paths = execs.open(id);
      },
      async spawn({ id, containerId }) {
        const { processFile, paths } = of(id);
        const entry = containerEntryOf(books, containerId);
        const runtime = runtimes.get(entry.handler);
        if (!runtime) throw new NotFound("runtime handler", entry.handler);
        const ids = { execId: id as ExecId, containerId: entry.id };
        const command = runtime.exec(entry.id, ids.execId, processFile);
        const spawned = await monitor.exec({ ...command, ...ids, ...paths, boundMs: SPAWN_MS });
        announced.set(id, { ...of(id), process: spawned });
        execs.read(id);
        return spawned;
      },
      kill({ id, process }) {
        const known = process ?? announced.get(id)?.process;
        if (known) processes.killGroup(known);
        return { at: clock.monoMs() };
      },
      async collect({ id }) {
        await execs.ended(id, LINGER_MS);
        outputs.set(id, execs.take(id));
      },
      async clean({ id, containerId }) {
        execs.remove(id);
        await bundles.removeProcess(containerId as ContainerId, id);
        await monitor.acknowledge(id as ExecId);
        announced.delete(id);
      },
    },
  };
};
