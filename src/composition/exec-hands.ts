/** Hands of execs: the command and its output, which no actor may know, looked up by id. */
import type { Drivers } from "../actors/drivers.ts";
import { NotFound } from "../errors.ts";
import type { Books } from "../supervisors/books.ts";
import type { Services } from "../supervisors/services.ts";
import type { ContainerId, ExecId } from "../vocabulary/index.ts";
import { containerEntryOf } from "./container-hands.ts";
import type { Parts } from "./parts.ts";

const SPAWN_MS = 55_000;
/** A child that outlived the command may hold its output open; what it says is not waited for. */
const LINGER_MS = 1_000;

interface Announced {
  readonly command: readonly string[];
  processFile: string;
  paths: { readonly stdout: string; readonly stderr: string };
}

export const execHands = (
  { bundles, clock, execs, monitor, processes, runtimes }: Parts,
  books: Books,
): { readonly drivers: Drivers["execs"]; readonly services: Services["execs"] } => {
  const announced = new Map<string, Announced>();
  const outputs = new Map<string, { stdout: Uint8Array; stderr: Uint8Array }>();
  const of = (id: string): Announced => {
    const one = announced.get(id);
    if (!one) throw new NotFound("exec", id);
    return one;
  };
  return {
    services: {
      announce: (id, _, command) =>
        void announced.set(id, { command, processFile: "", paths: { stdout: "", stderr: "" } }),
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
        execs.read(id);
        return spawned;
      },
      kill({ process }) {
        if (process) processes.killGroup(process);
        return { at: clock.monoMs() };
      },
      async collect({ id }) {
        await execs.ended(id, LINGER_MS);
        outputs.set(id, execs.take(id));
      },
      async clean({ id, containerId }) {
        announced.delete(id);
        execs.remove(id);
        await bundles.removeProcess(containerId as ContainerId, id);
        await monitor.acknowledge(id as ExecId);
      },
    },
  };
};
