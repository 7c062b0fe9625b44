/**
 * A fork is what would have happened: where what has happened is chosen it takes the same way, over schedules with all their
 * faults; and what is chosen otherwise is done by the daemon's own machines.
 */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { Fork, podOfRecord } from "../../../src/inspect/fork/fork.ts";
import { placeOf } from "../../../src/inspect/fork/place.ts";
import { Picture } from "../../../src/inspect/picture.ts";
import { podsIn } from "../../../src/inspect/pod-excerpt.ts";
import type { FlightRecord } from "../../../src/inspect/record.ts";
import { recorded } from "../../support/recorded-schedules.ts";
import { followed, waysIn } from "../../support/followed-fork.ts";

/** Just after the network's plugins were called. */
const atTheNetwork = (records: readonly FlightRecord[]): { readonly at: number; readonly pod: string } => {
  const at = 1 + records.findIndex((record) => record.kind === "call" && record.verb === "attach");
  const picture = new Picture();
  for (const record of records.slice(0, at)) picture.apply(record);
  return { at, pod: podOfRecord(picture, records[at - 1]) ?? "" };
};

/** Chooses by words: `about: text`. */
const choose = (fork: Fork, words: string): void => {
  for (const { about, options } of fork.questions)
    for (const { text, choice } of options) if (`${about}: ${text}`.startsWith(words)) return fork.choose(choice);
  assert.fail(`${words} is not among ${fork.questions.map(({ about }) => about).join(", ")}`);
};

const stateOf = (fork: Fork, kind: string): string | null | undefined => {
  const picture = new Picture();
  for (const record of [...fork.before, ...fork.behind]) picture.apply(record);
  assert.equal(picture.gaps, 0, "its records go on from the recording's");
  return picture.pod(fork.pod).find(({ id }) => id.startsWith(kind))?.state;
};

describe("a fork of a recording", () => {
  it("takes the way that was recorded where what has happened is chosen", async (test: TestContext) => {
    let [steps, forks] = [0, 0];
    for (let seed = 1; seed <= 5; seed++) {
      const records = await recorded(seed);
      for (let at = 5; at < records.length; at += 61)
        for (const { id } of podsIn(records.slice(0, at))) {
          const ways = followed(records, at, id);
          if (!ways) continue;
          assert.deepEqual(ways.forked, ways.recorded, `seed ${seed}, record ${at}`);
          forks++;
          steps += ways.recorded.length;
        }
    }
    test.diagnostic(`${forks} forks, ${steps} transitions`);
    assert.ok(forks > 40 && steps > 300, `${forks} forks, ${steps} transitions`);
  });

  it("goes another way where a call ends otherwise, by the daemon's own machines", async () => {
    const records = await recorded(2);
    const { at, pod } = atTheNetwork(records);
    const fork = new Fork(records, at, pod);
    assert.deepEqual(fork.behind, [], "nothing has happened in it yet");
    assert.deepEqual([stateOf(fork, "sandbox"), stateOf(fork, "attachment")], ["creating.attaching", "adding"]);
    const call = fork.questions.find(({ about }) => about === "network.attach")?.call ?? 0;
    fork.choose({ kind: "failure", call, failure: { code: "Exhausted", text: "no address is left" } });
    assert.deepEqual([stateOf(fork, "sandbox"), stateOf(fork, "attachment")], ["removing.intending", "queuedToDelete"]);
    assert.match(JSON.stringify(fork.behind), /"failure":\{"code":"Exhausted","text":"no address is left"\}/);
    for (let n = 0; n < 40 && stateOf(fork, "sandbox") !== undefined; n++)
      choose(
        fork,
        fork.questions[0]?.about.concat(fork.questions[0].about === "clock.until" ? "" : ": goes well") ?? "",
      );
    assert.equal(stateOf(fork, "sandbox"), undefined, "it was undone, and is gone");
    assert.deepEqual(fork.questions, []);
    assert.deepEqual(waysIn(records.slice(0, fork.place)), waysIn(fork.before), "the recording is as it was");
  });

  it("lets a call hang until its bound, which is the recording's, and takes back what was chosen last", async () => {
    const records = await recorded(2);
    const { at, pod } = atTheNetwork(records);
    const fork = new Fork(records, at, pod);
    choose(fork, "network.attach: hangs until its bound");
    const ended = fork.behind.find(({ kind }) => kind === "ended");
    assert.equal(ended?.kind === "ended" && ended.failure?.text, "network.attach took longer than its bound of 180 s");
    assert.equal(ended?.kind === "ended" && ended.ms, 180_000);
    const hung = JSON.stringify(fork.behind);
    choose(fork, "permits.delete: goes well");
    fork.back();
    assert.equal(JSON.stringify(fork.behind), hung);
    assert.equal(fork.chosen.length, 1);
    fork.back();
    assert.deepEqual(fork.behind, []);
  });

  it("hears clients and the monitor as its reader says", async () => {
    const records = await recorded(2);
    const { at, pod } = atTheNetwork(records);
    const fork = new Fork(records, at, pod);
    choose(fork, "from outside: a client asks to remove it");
    choose(fork, "network.attach: goes well");
    choose(fork, "records.putAttachment: goes well");
    choose(fork, "records.putSandbox: goes well");
    assert.match(String(stateOf(fork, "sandbox")), /^stopping\./, "what waited behind the creation is taken up");
  });

  it("leaves before a call's end where its reader stands at one, and else behind all that came of one thing", async () => {
    const records = await recorded(2);
    const end = records.findIndex((record) => record.kind === "ended");
    assert.equal(placeOf(records, end + 1), end);
    const step = records.findIndex((record, n) => record.kind === "step" && records[n + 1]?.cause === record.cause);
    const place = placeOf(records, step + 1);
    assert.notEqual(records[place]?.cause, records[step]?.cause);
    assert.equal(records[place - 1]?.cause, records[step]?.cause);
  });

  it("is refused where nothing of the pod lives, and for what is not open", async () => {
    const records = await recorded(2);
    const { at, pod } = atTheNetwork(records);
    assert.throws(() => new Fork(records, 2, pod), /nothing of pod \w+ lives here: it cannot go on in another way/);
    const fork = new Fork(records, at, pod);
    assert.throws(() => fork.choose({ kind: "answer", call: 9_999, way: 0 }), /is not open in this fork/);
    const cut = records.filter((record) => record.kind !== "call");
    const calls = cut.findIndex((record) => record.kind === "key" && record.actor.startsWith("attachment/")) + 1;
    assert.throws(() => new Fork(cut, calls, pod), /the recording does not have the call that it waits for/);
  });
});
