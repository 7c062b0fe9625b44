/** One sentence of how a node is, and names and durations as people read them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Explaining, healthOf, moodOf } from "../../src/inspect/health.ts";
import { Picture } from "../../src/inspect/picture.ts";
import { podsOf } from "../../src/inspect/pods.ts";
import type { Key, What } from "../../src/inspect/record.ts";
import { treeOf } from "../../src/inspect/tree.ts";
import { actorName, lasting, until } from "../../src/inspect/words.ts";

const keyed = (actor: string, state: string, more: Partial<Key> = {}): What => ({
  kind: "key",
  actor,
  parent: "pod/p",
  name: { namespace: "default", pod: "web" },
  born: true,
  incarnation: 1,
  state,
  since: 0,
  context: {},
  ...more,
});

const pictured = (...told: readonly What[]): Picture => {
  const picture = new Picture();
  for (const [n, what] of told.entries()) picture.apply({ seq: n + 1, mono: 0, wall: 0, cause: 0, ...what });
  return picture;
};

describe("the health of a node", () => {
  const sentence = (picture: Picture, now: number): string => healthOf(picture, now).sentence;

  it("is well with no pods, with pods at rest, and while somebody works", () => {
    assert.equal(sentence(pictured(), 0), "All is well, and there are no pods");
    assert.equal(sentence(pictured(keyed("sandbox/p", "ready")), 0), "All is well: 1 pod, everything at rest");
    const working = pictured(keyed("sandbox/p", "stopping.unpinning"));
    assert.equal(sentence(working, 1000), "All is well: 1 pod, 1 actor at work");
  });

  it("counts pods with somebody who works for half a minute, tries a third time, or is quarantined", () => {
    const working = pictured(keyed("sandbox/p", "stopping.unpinning"));
    assert.equal(sentence(working, 30_000), "1 of 1 pod is not progressing");
    const trying = pictured(keyed("sandbox/p", "stopping.unpinning", { context: { tries: 3 } }));
    assert.equal(sentence(trying, 1000), "1 of 1 pod is not progressing");
    const once = pictured(
      keyed("sandbox/p", "stopping.resting", { context: { tries: 1, trouble: { code: "Failed", text: "no", at: 0 } } }),
    );
    assert.equal(sentence(once, 1000), "Nothing is stuck: 1 actor at work, 1 after a failure");
    const broken = pictured(keyed("sandbox/p", "ready"), { kind: "gone", actor: "sandbox/p", how: "quarantined" });
    assert.equal(moodOf(broken.actors.get("sandbox/p")!), "broken");
    assert.equal(sentence(broken, 1000), "1 of 1 pod is not progressing");
  });

  it("explains as the terminal does", () => {
    const picture = pictured(keyed("sandbox/p", "stopping.unpinning"), {
      ...{
        kind: "call",
        n: 1,
        by: "sandbox/p",
        driver: "namespaces",
        verb: "unpin",
        id: "p",
        boundMs: 5000,
        begun: true,
      },
    });
    assert.deepEqual(new Explaining(picture).of("sandbox/p")?.until, { what: "bound", at: 5000 });
  });
});

it("pods are those whose parts are there, worst first", () => {
  const picture = pictured(
    keyed("sandbox/p", "ready"),
    keyed("container/c", "running", { name: { pod: "web", namespace: "default", container: "app" }, incarnation: 3 }),
    keyed("sandbox/q", "stopping.unpinning", { parent: "pod/q", name: { pod: "db", namespace: "default" } }),
  );
  assert.deepEqual(
    podsOf(picture).map(({ name, mood, restarts }) => [name, mood, restarts]),
    [
      ["db", "work", 0],
      ["web", "rest", 2],
    ],
  );
  assert.equal(actorName(picture, picture.actors.get("container/c")!), "default/web · app");
});

it("the tree has each behind its owner, and who is without one by itself", () => {
  const picture = pictured(
    keyed("pods", "supervising", { parent: "daemon" }),
    keyed("pod/p", "supervising", { parent: "pods" }),
    keyed("sandbox/p", "ready"),
  );
  assert.deepEqual(
    treeOf(picture, new Set()).map(({ actor, depth }) => `${depth} ${actor.id}`),
    ["0 pods", "1 pod/p", "2 sandbox/p"],
  );
  assert.equal(treeOf(picture, new Set(["pod/p"])).length, 2);
});

it("durations have two figures that matter", () => {
  const said = [0.4, 420, 3_240, 59_990, 65_000, 7_380_000, 270_000_000, -5].map(lasting);
  assert.deepEqual(said, ["0 ms", "420 ms", "3.2 s", "59.9 s", "1 m 05 s", "2 h 03 m", "3 d 03 h", "0 ms"]);
  assert.equal(until(5000, 2000), "in 3.0 s");
  assert.equal(until(2000, 5000), "3.0 s ago");
});
