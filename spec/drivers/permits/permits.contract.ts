/** What everybody may expect of permits, the daemon's own and the simulator's. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Lane, Permits } from "../../../src/drivers/permits/permits.ts";
import { Overdue } from "../../../src/errors.ts";

/** One permit of each lane; those that bound CPU come back by themselves after 1,000 ms. */
export interface PermitsSubject {
  readonly permits: Permits;
  /** Lets all that is decided be heard. */
  turn(): Promise<void>;
  pass(ms: number): Promise<void>;
  dispose(): void;
}

export const permitsContract = (name: string, make: () => PermitsSubject): void => {
  describe(name, () => {
    let subject: PermitsSubject;
    /** Holders in the order in which they were served. */
    let granted: string[];
    beforeEach(() => {
      subject = make();
      granted = [];
    });
    afterEach(() => subject.dispose());

    const ask = async (lane: Lane, holder: string, signal = new AbortController().signal): Promise<void> => {
      await subject.permits.acquire(lane, holder, signal);
      granted.push(holder);
    };
    const askFor = (lane: Lane, ...holders: readonly string[]): void => holders.forEach((one) => void ask(lane, one));
    const inLine = (): readonly string[] => subject.permits.waiting().map(({ holder }) => holder);

    it("are granted one after another, in the order of asking", async () => {
      askFor("pull", "a", "b", "c");
      await subject.turn();
      assert.deepEqual(granted, ["a"]);
      subject.permits.release("a");
      await subject.turn();
      assert.deepEqual(granted, ["a", "b"]);
      subject.permits.release("b");
      await subject.turn();
      assert.deepEqual(granted, ["a", "b", "c"]);
    });

    it("of one lane do not keep anybody from another", async () => {
      askFor("cni-add", "a");
      askFor("cni-del", "b");
      await subject.turn();
      assert.deepEqual(granted.toSorted(), ["a", "b"]);
    });

    it("that bound CPU come back by themselves, those of pulls do not", async () => {
      for (const lane of ["cni-add", "unpack", "cni-del", "pull"] as const) askFor(lane, `${lane} 1`, `${lane} 2`);
      await subject.turn();
      await subject.pass(999);
      assert.deepEqual(granted.toSorted(), ["cni-add 1", "cni-del 1", "pull 1", "unpack 1"]);
      await subject.pass(1);
      assert.deepEqual(granted.slice(4).toSorted(), ["cni-add 2", "cni-del 2", "unpack 2"]);
    });

    it("given back in time are not given back again", async () => {
      askFor("cni-add", "a", "b", "c");
      await subject.pass(600);
      subject.permits.release("a");
      await subject.turn();
      await subject.pass(600);
      assert.deepEqual(granted, ["a", "b"]);
      await subject.pass(400);
      assert.deepEqual(granted, ["a", "b", "c"]);
    });

    it("tell who waits for what since when", async () => {
      askFor("cni-del", "a");
      await subject.pass(5);
      askFor("cni-del", "b");
      await subject.pass(5);
      askFor("cni-del", "c");
      const waiting = subject.permits.waiting();
      assert.deepEqual(
        waiting.map(({ lane, holder }) => [lane, holder]),
        [
          ["cni-del", "b"],
          ["cni-del", "c"],
        ],
      );
      assert.equal((waiting[1]?.sinceMs ?? 0) - (waiting[0]?.sinceMs ?? 0), 5);
      subject.permits.release("a");
      await subject.turn();
      assert.deepEqual(inLine(), ["c"]);
    });

    it("are not waited for any more by a caller who has gone, who holds nothing then", async () => {
      const controller = new AbortController();
      askFor("cni-del", "a");
      const b = ask("cni-del", "b", controller.signal);
      askFor("cni-del", "c");
      await subject.turn();
      controller.abort(new Overdue("too late"));
      await assert.rejects(b, { code: "Overdue" });
      assert.deepEqual(inLine(), ["c"]);
      subject.permits.release("a");
      await subject.turn();
      assert.deepEqual(granted, ["a", "c"]);
    });

    it("are not asked for by a caller who has gone before, who keeps what he has", async () => {
      await ask("cni-del", "a");
      await assert.rejects(ask("cni-del", "a", AbortSignal.abort(new Overdue("too late"))), { code: "Overdue" });
      askFor("cni-del", "b");
      await subject.turn();
      assert.deepEqual(granted, ["a"]);
    });

    it("once granted are held although the signal comes after it", async () => {
      const controller = new AbortController();
      await ask("cni-del", "a", controller.signal);
      controller.abort(new Overdue("too late"));
      askFor("cni-del", "b");
      await subject.turn();
      assert.deepEqual(granted, ["a"]);
      subject.permits.release("a");
      await subject.turn();
      assert.deepEqual(granted, ["a", "b"]);
    });

    it("released while waiting are a wait that was given up", async () => {
      askFor("cni-del", "a");
      const b = ask("cni-del", "b");
      await subject.turn();
      subject.permits.release("b");
      await assert.rejects(b, { code: "Cancelled", message: 'the wait of "b" for cni-del was given up' });
      subject.permits.release("nobody");
      subject.permits.release("a");
      await ask("cni-del", "c");
    });

    it("asked for again by their holder are given back first: who asks has begun anew", async () => {
      await ask("cni-del", "a");
      await ask("cni-del", "a");
      assert.deepEqual(subject.permits.waiting(), []);
      askFor("cni-del", "b");
      await subject.turn();
      const again = ask("cni-del", "a");
      await subject.turn();
      assert.deepEqual(granted, ["a", "a", "b"]);
      subject.permits.release("b");
      await again;
    });

    it("asked for again from the line go to its end, and the former wait is over", async () => {
      askFor("cni-del", "a");
      const former = ask("cni-del", "b");
      askFor("cni-del", "c");
      const latter = ask("cni-del", "b");
      await assert.rejects(former, { code: "Cancelled" });
      assert.deepEqual(inLine(), ["c", "b"]);
      for (const holder of ["a", "c"]) {
        await subject.turn();
        subject.permits.release(holder);
      }
      await latter;
    });
  });
};
