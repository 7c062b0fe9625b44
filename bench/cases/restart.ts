/**
 * `restart`: the daemon is killed with 50 pods running, one container ends meanwhile, the daemon is started again: how long
 * from its start until ListContainers is right, that one shown as exited and all others as running. Node's own start counts.
 */
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { gone, initOf } from "../../scripts/demo/witness.ts";
import { criClient, CriError, type CriClient } from "../../src/grpc/client.ts";
import { ContainerState, type Container } from "../../src/grpc/messages/container.ts";
import { countCpu } from "../support/cpu.ts";
import { statusOf } from "../support/pod.ts";
import { rounds, type Case, type Stage } from "../support/stage.ts";
import type { System } from "../support/system.ts";

const pods = 50;
const restarts = 10;
const fullRestarts = 20;
const withinMs = 60_000;
const SIGKILL = 9;

/** Whether somebody listens: cheaper for who is just starting than a gRPC client that is refused. */
const listens = (socket: string): Promise<boolean> =>
  new Promise((resolve) => {
    const knock = connect(socket, () => {
      knock.destroy();
      resolve(true);
    }).once("error", () => resolve(false));
  });

/** What is wrong with a list; undefined: it is right. */
const wrongIn = (containers: readonly Container[], known: readonly string[], ended: string): string | undefined => {
  const states = new Map(containers.map(({ id, state }) => [id, state]));
  const wrong = known.find(
    (id) => states.get(id) !== (id === ended ? ContainerState.CONTAINER_EXITED : ContainerState.CONTAINER_RUNNING),
  );
  if (wrong === undefined) return undefined;
  const state = states.get(wrong);
  return `${wrong === ended ? "the one that has ended" : "one that runs"} is ${state === undefined ? "missing" : `in state ${state}`}`;
};

/** Resolves at the first list that is right. Every one that came before and was wrong is told to `lied`. */
export const firstRight = async (
  { socket }: System,
  known: readonly string[],
  ended: string,
  lied: (how: string) => void,
): Promise<CriClient> => {
  const until = performance.now() + withinMs;
  while (!(await listens(socket))) {
    if (performance.now() > until) throw new Error(`nobody listens on ${socket} after ${withinMs} ms`);
    await pause(1);
  }
  const client = criClient(socket);
  for (;;) {
    try {
      const { containers } = await client.call("ListContainers", {}, { deadlineMs: withinMs });
      const wrong = wrongIn(containers, known, ended);
      if (wrong === undefined) return client;
      lied(wrong);
    } catch (error) {
      // "server is not initialized yet" and its like.
      if (!(error instanceof CriError) || performance.now() > until) throw error;
    }
    await pause(1);
  }
};

/** A runtime may say that a container has started a moment before its process has become the program. */
const processOf = async (name: string): Promise<number> => {
  const until = performance.now() + withinMs;
  for (let pid = initOf(name); ; pid = initOf(name)) {
    if (pid !== undefined) return pid;
    if (performance.now() > until) throw new Error(`the process of ${name} is not there`);
    await pause(1);
  }
};

const crashOnce = async (stage: Stage, system: System): Promise<void> => {
  const known = await stage.crowds.gather(system, pods);
  const ended = known[known.length - 1] ?? "";
  const pid = await processOf(stage.crowds.nameOf(system, ended) ?? "");
  await system.crash();
  process.kill(pid, "SIGKILL");
  await gone(pid, withinMs);

  const lies = new Set<string>();
  const cpu = countCpu();
  const begun = performance.now();
  system.restart();
  const client = await firstRight(system, known, ended, (how) => lies.add(how));
  stage.record("restart", "ms", system.name, performance.now() - begun);
  stage.record("restart/cpu", "CPU ms", system.name, cpu());
  for (const how of lies) stage.outcome.faults.push(`${system.name}: restart: a list was wrong: ${how}`);
  const { exit_code: code } = await statusOf(client, ended);
  client.close();
  if (code !== 128 + SIGKILL) stage.outcome.faults.push(`${system.name}: restart: exit code ${code} after SIGKILL`);
  await stage.crowds.renew(system, ended);
};

export const restart: Case = {
  names: ["restart"],
  run: async (stage) => {
    await rounds(stage, stage.full ? fullRestarts : restarts, (system) => crashOnce(stage, system));
  },
};
