import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { Survey, Surveyed } from "../../../src/drivers/figures/layer-survey.ts";
import { Layers, type LayersOptions } from "../../../src/drivers/figures/layers.ts";
import type { ContainerId } from "../../../src/vocabulary/index.ts";
import { eventually } from "../../support/eventually.ts";
import { clockAt } from "./support.ts";

const [a, b, c] = ["a", "b", "c"].map((letter) => letter.repeat(64) as ContainerId) as [
  ContainerId,
  ContainerId,
  ContainerId,
];
const capacity = { limitBytes: 1000, inodesTotal: 100, inodesFree: 40 };

/** Surveys that end when the spec says so. */
const scripted = () => {
  const surveys: {
    readonly asked: readonly string[];
    readonly abort: AbortSignal;
    readonly end: (counted?: readonly string[]) => void;
  }[] = [];
  let bytes = 0;
  const survey: Survey = (directories, abort) =>
    new Promise((resolve) => {
      const asked = directories.map((path) => path.split("/").at(-2)?.[0] ?? "");
      const end = (counted: readonly string[] = asked): void => {
        bytes += 10;
        const found = directories.filter((_, n) => counted.includes(asked[n] ?? ""));
        const surveyed: Surveyed = {
          sizes: new Map(found.map((path) => [path, { usedBytes: bytes, inodesUsed: 1 }])),
          capacity,
        };
        resolve(surveyed);
      };
      surveys.push({ asked, abort, end });
    });
  return { surveys, survey };
};

describe("what writable layers hold", () => {
  let layers: Layers;
  const { surveys, survey } = scripted();
  const clock = clockAt();
  const begin = (options: Partial<LayersOptions> = {}): void => {
    surveys.length = 0;
    layers = new Layers({ dir: "/layers", survey, clock, ...options });
  };
  const begun = async (count: number) => {
    await eventually(`survey ${count}`, () => surveys.length === count);
    return surveys[count - 1] ?? assert.fail();
  };
  const used = (id: ContainerId): number | undefined => layers.of(id)?.usedBytes;
  afterEach(() => layers.close());

  it("is counted at the first question, all of one turn at once, and known from then on with its time", async () => {
    begin();
    assert.deepEqual([used(a), used(b)], [undefined, undefined]);
    const known = layers.known([a, b]);
    const { asked, end } = await begun(1);
    assert.deepEqual(asked, ["a", "b"]);
    clock.ms += 40;
    end();
    await known;
    const { atNs, mountpoint, inodesFree } = layers.of(a) ?? assert.fail();
    assert.deepEqual([atNs, mountpoint, inodesFree], [clock.wallNs(), "/layers", 40]);
  });

  it("is counted again when it is asked for and old, and given as it was meanwhile", async () => {
    begin();
    used(a);
    (await begun(1)).end();
    await layers.known([a]);
    const first = used(a);
    clock.ms += 4999;
    used(a);
    assert.equal(surveys.length, 1);
    clock.ms += 1;
    assert.equal(used(a), first);
    (await begun(2)).end();
    await eventually("the new figure", () => used(a) !== first);
  });

  it("rests nineteen times as long as it took, but looks at new ones at once", async () => {
    begin();
    used(a);
    const one = await begun(1);
    clock.ms += 1000;
    one.end();
    await eventually("the figure", () => used(a) !== undefined);
    clock.ms += 18_999;
    used(a);
    assert.equal(surveys.length, 1);
    used(b);
    const two = await begun(2);
    assert.deepEqual(two.asked, ["b"]);
    two.end();
    await layers.known([b]);
    clock.ms += 1;
    used(a);
    (await begun(3)).end();
  });

  it("of a disk that hangs holds nobody up: the first who ask wait a moment, all others not at all", async () => {
    begin({ firstMs: 20 });
    const known = layers.known([a]);
    await begun(1);
    await known;
    clock.ms += 20;
    const asked = performance.now();
    await layers.known([a, b, c]);
    assert.ok(performance.now() - asked < 15);
    assert.deepEqual([used(a), used(b), surveys.length], [undefined, undefined, 1]);
  });

  it("is given up after its bound: what was counted counts, who came late is left in peace for a minute, and the others get their turn", async () => {
    begin({ boundMs: 10 });
    for (const id of [a, b, c]) used(id);
    const { abort, end } = await begun(1);
    await eventually("the bound", () => abort.aborted);
    end(["a"]);
    await eventually("the end", () => used(a) !== undefined);
    used(b);
    used(c);
    const second = await begun(2);
    assert.deepEqual(second.asked, ["c"]);
    second.end();
    await layers.known([c]);
    clock.ms += 60_000;
    for (const id of [a, b, c]) used(id);
    const third = await begun(3);
    assert.deepEqual(third.asked.at(-1), "b", "who was late is looked at last");
    third.end();
  });

  it("of one that has gone meanwhile is forgotten, also when its count comes after that", async () => {
    begin();
    used(a);
    used(b);
    const { end } = await begun(1);
    layers.forget(a);
    end();
    await layers.known([b]);
    assert.equal(used(a), undefined);
    (await begun(2)).end();
  });

  it("that cannot be counted is no figure, and is not asked for in every turn", async () => {
    begin();
    const known = layers.known([a]);
    (await begun(1)).end([]);
    await known;
    assert.equal(used(a), undefined);
    assert.equal(surveys.length, 1);
  });

  it("ends its programs when it is closed, and begins none", async () => {
    begin();
    used(a);
    const { abort, end } = await begun(1);
    layers.close();
    assert.equal(abort.aborted, true);
    end();
    used(b);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(surveys.length, 1);
  });
});
