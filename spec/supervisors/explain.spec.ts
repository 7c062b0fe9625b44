/** What an actor is said to wait for: of whom, since when, until when, and of nobody else. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  explanationOf,
  isAtRest,
  metaOf,
  type SeenActor,
  type SeenCall,
  type Surroundings,
} from "../../src/machines/explanation.ts";
import { sentenceOf } from "../../src/machines/sentence.ts";

const seen = (id: string, state: string | null, context: SeenActor["context"] = {}): SeenActor => ({
  id,
  state,
  context,
});
const attachment = seen("attachment/s", "deleting");
const around = (...calls: readonly SeenCall[]): Surroundings => ({
  callsOf: (id) => calls.filter(({ by }) => by === id),
  restless: (_, kind) => (kind === "attachment" ? attachment : undefined),
});
const said = (actor: SeenActor, surroundings: Surroundings, now = 60_000): string =>
  sentenceOf(explanationOf(actor, surroundings), now);
const call = (given: Partial<SeenCall>): SeenCall => ({
  ...{ by: "container/c", driver: "runtime", verb: "start", since: 0, begun: true, boundMs: 60_000 },
  ...given,
});

describe("what an actor is said to wait for", () => {
  it("is, of a sandbox that gives up its network, what the pod's network attachment waits for", () => {
    const text = said(seen("sandbox/s", "stopping.detaching"), around());
    assert.match(
      text,
      /sandbox\/s is stopping.detaching, it waits for detached; attachment\/s is deleting, it waits for/,
    );
  });

  it("is, of a client before a container, nothing that the pod's network does", () => {
    const { other, waitsFor } = explanationOf(seen("attach/a", "attached"), around());
    assert.deepEqual([other, waitsFor], [undefined, "detached"]);
  });

  it("is the call that is under way, since it was made and until its bound", () => {
    const actor = seen("container/c", "starting.spawning", { work: { verb: "start", since: 10_000 } });
    const open = call({ since: 20_000 });
    assert.equal(
      said(actor, around(open)),
      "container/c is starting.spawning, it waits for start (runtime.start), since 40.0 s, for at most 60.0 s",
    );
    assert.deepEqual(explanationOf(actor, around(open)).until, { what: "bound", at: 80_000 });
  });

  it("is an earlier call of the same actor where that one is not over", () => {
    const text = said(seen("container/c", "starting.spawning"), around(call({ begun: false })));
    assert.match(text, /waits for start \(runtime\.start, behind an earlier call of the same actor\)/);
  });

  it("ends at a client's deadline where that is what bounds it", () => {
    const actor = seen("container/c", "stopping.waiting", { deadline: 75_000, work: { verb: "stop", since: 45_000 } });
    const wait = call({ driver: "clock", verb: "until", at: 75_000, boundMs: null });
    assert.equal(
      said(actor, around(wait)),
      "container/c is stopping.waiting, it waits for exited, since 15.0 s, for 15.0 s more",
    );
  });

  it("is the next try where the last one failed, with what it failed of", () => {
    const trouble = { code: "Failed", text: "umount: EBUSY", at: 50_000 } as const;
    const actor = seen("container/c", "removing.resting", { trouble, tries: 3, work: { verb: "remove", since: 0 } });
    const wait = call({ driver: "clock", verb: "until", at: 65_000, boundMs: null });
    const explanation = explanationOf(actor, around(wait));
    assert.deepEqual(explanation.until, { what: "next try", at: 65_000 });
    assert.equal(explanation.tries, 3);
    assert.match(sentenceOf(explanation, 60_000), /since 60\.0 s, next try in 5\.0 s, last trouble: umount: EBUSY/);
  });

  it("is nothing while it is being started again after a crash", () => {
    assert.equal(said(seen("container/c", null), around()), "container/c is being started again after a crash");
  });

  it("is nothing of a supervisor, which is always at rest", () => {
    assert.ok(isAtRest("pods", "supervising"));
    assert.equal(metaOf("pods", "supervising"), undefined);
  });
});
