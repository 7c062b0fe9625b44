import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AnyActorRef } from "xstate";
import { Callers } from "../../src/supervisors/callers.ts";

describe("callers", () => {
  it("of one object are two hundred at most; how many wait, and who was refused, is known", async () => {
    const ref = { getSnapshot: () => ({}) } as unknown as AnyActorRef;
    const callers = new Callers({
      wallMs: () => 0,
      setTimeout: () => undefined,
      clearTimeout: () => {},
      find: () => ref,
      explain: (id) => `${id} is waited for`,
      whyGivenUp: () => undefined,
    });
    const leaving = new AbortController();
    const wait = (actor: string): Promise<unknown> =>
      callers.attach(actor, 1, "Stop", { signal: leaving.signal }).catch((error: Error) => error.message);
    const waiting = Array.from({ length: 200 }, () => wait("container/a"));
    waiting.push(wait("container/b"));
    assert.deepEqual(callers.queue, { length: 200, bound: 200, refused: 0 });
    assert.equal(await wait("container/a"), "Stop: 200 callers wait for container/a already; ask again later");
    assert.deepEqual(callers.queue, { length: 200, bound: 200, refused: 1 });
    leaving.abort();
    await Promise.all(waiting);
    assert.deepEqual(callers.queue, { length: 0, bound: 200, refused: 1 });
  });
});
