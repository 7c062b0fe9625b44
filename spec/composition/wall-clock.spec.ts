import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AnyActorRef } from "xstate";
import type { Parts } from "../../src/composition/parts.ts";
import { recordHands } from "../../src/composition/record-hands.ts";
import { clockHands } from "../../src/composition/world.ts";
import type { ContainerMemo } from "../../src/machines/container-recovery.ts";
import { emptyBooks, type ContainerEntry } from "../../src/supervisors/books.ts";
import { Callers } from "../../src/supervisors/callers.ts";
import type { ContainerId, ImageId, SandboxId } from "../../src/vocabulary/index.ts";
import { configured, containerConfig } from "../support/builders.ts";

const hourMs = 3_600_000;
const never = new AbortController().signal;
const untold = (): void => {};

describe("a wall clock that is set back an hour", () => {
  it("gives no container a start before its creation, nor an end before its start", () => {
    const books = emptyBooks();
    let wallMs = 2_000 * hourMs;
    const wallNs = (): string => `${wallMs}000000`;
    const stored: unknown[] = [];
    const parts = {
      clock: { wallNs, wallMs: () => wallMs, monoMs: () => 0 },
      runStore: { put: (...record: unknown[]) => void stored.push(record) },
    } as unknown as Parts;
    const id = "c".repeat(64) as ContainerId;
    const entry: ContainerEntry = {
      ...configured(containerConfig()),
      id,
      sandboxId: "s" as SandboxId,
      cgroupParent: "",
      handler: "crun",
      imageId: "i" as ImageId,
      imageRef: "",
      logPath: "",
      createdAt: wallNs(),
      user: { uid: 0, gid: 0, groups: [] },
      stopSignal: 15,
      warnings: [],
      memo: null,
    };
    books.containers.put(entry);
    const { putContainer } = recordHands(parts, books, new Map());
    const memo: Omit<ContainerMemo, "phase"> = {
      n: 1,
      verb: null,
      init: { pid: 5, startTicks: 5 },
      started: false,
      asked: false,
      exit: null,
      deadline: null,
      failure: null,
    };
    const commit = (change: Partial<ContainerMemo> & Pick<ContainerMemo, "phase">): void =>
      void putContainer({ id, ...memo, ...change }, never, untold);
    const times = (): readonly bigint[] => {
      const { createdAt, startedAt, finishedAt } = books.containers.view(id) ?? {};
      return [createdAt, startedAt, finishedAt].flatMap((at) => (at === undefined ? [] : [BigInt(at)]));
    };
    const inOrder = (count: number): void => {
      const seen = times();
      assert.equal(seen.length, count);
      assert.deepEqual(
        seen,
        seen.toSorted((one, other) => Number(one - other)),
      );
    };
    commit({ phase: "created" });
    wallMs -= hourMs;
    commit({ phase: "starting" });
    commit({ phase: "running", started: true });
    inOrder(2);
    wallMs -= hourMs;
    commit({ phase: "stopped", started: true, exit: { code: 0, at: wallNs(), oomKilled: false } });
    inOrder(3);
  });

  it("moves no moment that is waited for: those are of the clock of this boot", async () => {
    let monoMs = 1_000;
    let asked = 0;
    const until = clockHands({
      monoMs: () => (asked++, monoMs),
      wallMs: () => assert.fail("nobody is to ask the wall clock"),
      wallNs: () => assert.fail("nobody is to ask the wall clock"),
    }).until({ id: "x", at: 1_005 }, never, untold);
    monoMs = 1_006;
    assert.deepEqual(await until, { at: 1_006 });
    assert.ok(asked > 0);
  });

  it("leaves callers the patience that they came with", async () => {
    const timers: { readonly fn: () => void; readonly ms: number }[] = [];
    let wallMs = 2_000 * hourMs;
    const works = { work: { n: 1, verb: "stop", since: 0 }, next: null, ended: [] };
    const ref = { id: "container/x", getSnapshot: () => ({ context: works }) } as unknown as AnyActorRef;
    const callers = new Callers({
      wallMs: () => wallMs,
      setTimeout: (fn, ms) => timers.push({ fn, ms }),
      clearTimeout: () => undefined,
      find: () => ref,
      whyGivenUp: () => undefined,
      explain: () => "it waits",
    });
    const answer = callers.attach("container/x", 1, "StopContainer of x", { signal: never, deadline: wallMs + 10_000 });
    wallMs -= hourMs;
    assert.deepEqual(
      timers.map(({ ms }) => ms),
      [9_000],
    );
    timers[0]?.fn();
    await assert.rejects(answer, { code: "Overdue", message: /^StopContainer of x: it waits; the work goes on/ });
  });
});
