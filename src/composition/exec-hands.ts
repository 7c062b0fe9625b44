/** Hands of execs: the command and its streams, which no actor may know, looked up by id. */
import type { Drivers } from "../actors/drivers.ts";
import type { ClientStreams } from "../drivers/execs/client-streams.ts";
import { NotFound } from "../errors.ts";
import type { Init } from "../machines/container-recovery.ts";
import type { Books } from "../supervisors/books.ts";
import type { ExecCommand, ExecUnderWay, Services } from "../supervisors/services.ts";
import type { ContainerId, ExecId } from "../vocabulary/index.ts";
import type { ClientSessions } from "./client-sessions.ts";
import { containerEntryOf } from "./container-hands.ts";
import type { Parts } from "./parts.ts";
import { ownerIn } from "./pod-hands.ts";

const SPAWN_MS = 55_000;
/** A child that outlived the command may hold its output open; what it says is not waited for. */
export const LINGER_MS = 1_000;

/** Where the monitor finds the streams of a command. */
interface Paths {
  readonly stdin?: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly console?: string;
}

interface Announced extends ExecUnderWay {
  readonly command: ExecCommand;
  /** Of a streamed one. Who has gone meanwhile takes what comes, and it is thrown away: the command may go on. */
  readonly client: ClientStreams | undefined;
  process?: Init;
  processFile: string;
  paths: Paths;
}

export interface ExecHands {
  readonly drivers: Drivers["execs"];
  readonly services: Services["execs"];
  readonly underWay: () => readonly ExecUnderWay[];
}

export const execHands = (parts: Parts, books: Books, sessions: ClientSessions): ExecHands => {
  const { bundles, clock, execs, monitor, processes, runtimes, streams } = parts;
  const announced = new Map<string, Announced>();
  const outputs = new Map<string, ReturnType<Services["execs"]["take"]>>();
  const of = (id: string): Announced => {
    const one = announced.get(id);
    if (!one) throw new NotFound("exec", id);
    return one;
  };
  const open = (id: string, { command, sandboxId }: Announced): Paths => {
    const { streamed, stdin, tty } = command;
    const owner = ownerIn(books.sandboxes.entry(sandboxId));
    if (!streamed) return execs.open(id, owner);
    const wanted = { stdin, stdout: true, stderr: true, console: tty, owner };
    const { stdout = "", stderr = "", ...more } = streams.open(id, wanted);
    return { stdout, stderr, ...more };
  };
  return {
    underWay: () => [...announced.values()].map(({ id, containerId, sandboxId }) => ({ id, containerId, sandboxId })),
    services: {
      announce(exec, command) {
        const client = command.streamed ? sessions.of(exec.id) : undefined;
        announced.set(exec.id, { ...exec, command, client, processFile: "", paths: { stdout: "", stderr: "" } });
      },
      take(id) {
        const output = outputs.get(id) ?? { stdout: new Uint8Array(), stderr: new Uint8Array() };
        outputs.delete(id);
        return output;
      },
    },
    drivers: {
      async prepare({ id, containerId }) {
        const exec = of(id);
        const { argv, tty } = exec.command;
        exec.processFile = await bundles.writeProcess(containerId as ContainerId, id, argv, tty);
        exec.paths = open(id, exec);
      },
      async spawn({ id, containerId }) {
        const { client, processFile, paths } = of(id);
        const { console, ...fifos } = paths;
        const entry = containerEntryOf(books, containerId);
        const runtime = runtimes.get(entry.handler);
        if (!runtime) throw new NotFound("runtime handler", entry.handler);
        const ids = { execId: id as ExecId, containerId: entry.id };
        const line = runtime.exec(entry.id, ids.execId, processFile, console);
        const { oomScoreAdj } = entry.config.resources;
        const spawned = await monitor.exec({ ...line, ...ids, ...fifos, oomScoreAdj, boundMs: SPAWN_MS });
        announced.set(id, { ...of(id), process: spawned });
        if (client) streams.join(id, client);
        else execs.read(id);
        return spawned;
      },
      kill({ id, process }) {
        const known = process ?? announced.get(id)?.process;
        if (known) processes.killGroup(known);
        return { at: clock.monoMs() };
      },
      hangUp: ({ id }) => streams.hangUp(id),
      async collect({ id }) {
        // A client takes the time that it takes, and nobody waits for it here.
        if (of(id).command.streamed) return sessions.delivering(id, streams.delivered(id, LINGER_MS));
        await execs.ended(id, LINGER_MS);
        outputs.set(id, execs.take(id));
      },
      async clean({ id, containerId }) {
        if (announced.get(id)?.command.streamed === true) streams.remove(id);
        else execs.remove(id);
        await bundles.removeProcess(containerId as ContainerId, id);
        await monitor.acknowledge(id as ExecId);
        announced.delete(id);
      },
    },
  };
};
