import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LoopWatch, type News } from "../../../src/drivers/watchdog/loop-watch.ts";

const stallMs = 1_000;
const turnMs = 500;

/** Looks whenever it is time, at a loop that turned last at `turnedAt(now)`; tells what it told, and when it looked. */
const watched = (untilMs: number, turnedAt: (now: number) => number, lateMs: (now: number) => number = () => 0) => {
  const watch = new LoopWatch({ stallMs, turnMs }, 0);
  const news: (News & { readonly at: number })[] = [];
  let looks = 0;
  for (let now = 0; now < untilMs; looks++) {
    const looked = watch.look(now, turnedAt(now));
    if (looked.news) news.push({ at: now, ...looked.news });
    now += looked.nextMs + lateMs(now + looked.nextMs);
  }
  return { news, looks };
};
/** Notes that it turns as it should, but for some time. */
const turning = (now: number): number => Math.floor(now / turnMs) * turnMs;
const stuckFrom = (from: number, to: number) => (now: number) =>
  now < from || now >= to ? turning(now) : turning(from);

describe("how a loop is watched", () => {
  it("one that turns is never told of, and looked at less than once in a second", () => {
    const { news, looks } = watched(60_000, turning);
    assert.deepEqual(news, []);
    assert.ok(looks <= 60, `${looks} looks in a minute`);
  });

  it("one that is late by the bound is told of just then, and once more when it turns", () => {
    const { news } = watched(10_000, stuckFrom(2_010, 5_000));
    // Its next turn was due at 2,500.
    assert.deepEqual(news, [
      { at: 3_500, ms: 1_000, over: false },
      { at: 5_000, ms: 2_500, over: true },
    ]);
  });

  it("one that is late by less is not told of", () => {
    assert.deepEqual(watched(10_000, stuckFrom(2_010, 3_400)).news, []);
  });

  it("one that stays stuck is told of again after 10 and after 60 seconds, and no more", () => {
    const { news } = watched(600_000, stuckFrom(2_010, 599_000));
    assert.deepEqual(
      news.map(({ ms, over }) => [Math.floor(ms / 100) * 100, over]),
      [
        [1_000, false],
        [10_000, false],
        [60_000, false],
        [596_500, true],
      ],
    );
  });

  it("each stall is told of by itself", () => {
    const { news } = watched(30_000, (now) =>
      (now < 10_000 ? stuckFrom(2_010, 5_000) : stuckFrom(12_010, 14_000))(now),
    );
    assert.deepEqual(
      news.map(({ over }) => over),
      [false, true, false, true],
    );
  });

  it("one whose watcher was held up as well has its time anew", () => {
    // The whole process was stopped from 2,000 to 8,000.
    const { news } = watched(
      20_000,
      (now) => (now < 8_600 ? Math.min(turning(now), 2_000) : turning(now)),
      (at) => (at > 2_000 && at < 8_000 ? 8_000 - at : 0),
    );
    assert.deepEqual(news, []);
  });
});
