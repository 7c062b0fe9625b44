/**
 * ExecSync at a fixed rate: what 50 pods with a probe each do to a node. A call's time counts from the moment it was due, so
 * a runtime that falls behind cannot make its own test easier. Beside it a container logs; how late are its lines?
 */
import { setTimeout as pause } from "node:timers/promises";
import { quantile } from "./statistics.ts";
import { rounds, type Stage } from "./stage.ts";
import type { System } from "./system.ts";
import { startTicker, type Ticker } from "./ticker.ts";

const pods = 50;
const perSecond = 20;
const seconds = 8;
const blocks = 3;
/** A call that is not answered by then is a fault. */
const deadlineMs = 20_000;

const probe = async ({ client }: System, container: string, due: number): Promise<number> => {
  const cmd = ["true"];
  const { exit_code: code } = await client.call(
    "ExecSync",
    { container_id: container, cmd, timeout: "10" },
    { deadlineMs },
  );
  if (code !== 0) throw new Error(`true ended with ${code}`);
  return performance.now() - due;
};

/** Each probe's milliseconds. */
const probes = async (stage: Stage, system: System, containers: readonly string[]): Promise<readonly number[]> => {
  const begun = performance.now();
  const calls: Promise<number>[] = [];
  for (let n = 0; n < perSecond * seconds; n++) {
    const due = begun + (n * 1000) / perSecond;
    await pause(Math.max(0, due - performance.now()));
    calls.push(probe(system, containers[n % pods] ?? "", due));
  }
  return (await Promise.allSettled(calls)).flatMap((call) => {
    if (call.status === "fulfilled") return [call.value];
    stage.outcome.faults.push(`${system.name}: exec-sync/open-loop: ${String(call.reason)}`);
    return [];
  });
};

export const openLoop = async (stage: Stage): Promise<void> => {
  const tickers = new Map<System["client"], Ticker>();
  await rounds(stage, blocks, async (system) => {
    const containers = await stage.crowds.gather(system, pods);
    const ticker = tickers.get(system.client) ?? (await startTicker(system));
    tickers.set(system.client, ticker);
    ticker.begin();
    const took = await probes(stage, system, containers);
    const late = await ticker.end();
    stage.record("exec-sync/open-loop", "ms", system.name, quantile(took, 0.99));
    stage.record("exec-sync/open-loop/p50", "ms", system.name, quantile(took, 0.5));
    stage.record("exec-sync/open-loop/late", "ms", system.name, Math.max(...late));
  });
  for (const ticker of tickers.values()) await ticker.remove();
};
