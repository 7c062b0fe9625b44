/** `troupe replay FILE --save-seed SEED`: a schedule's recording gives its own tape back, and a daemon's a tape that comes by the same. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { AnyActorLogic, AnyStateMachine } from "xstate";
import { recordingFrom, recordingText } from "../../src/cli/recording-file.ts";
import { saveSeed } from "../../src/cli/save-seed.ts";
import type { Tape as Choices } from "../../src/fuzz/choices.ts";
import { Flight } from "../../src/fuzz/flight.ts";
import { rehearse } from "../../src/fuzz/rehearse.ts";
import { setStage } from "../../src/fuzz/stage.ts";
import { readLines } from "../../src/inspect/lines.ts";
import type { FlightRecord } from "../../src/inspect/record.ts";
import { kindOf } from "../../src/vocabulary/index.ts";
import { tick } from "../../scripts/sim/tick.ts";
import { recorded } from "../support/recorded-schedules.ts";
import { Tape } from "../support/tape.ts";

/** Containers that forget to ask before they kill. */
const hasty = (kind: string, logic: AnyActorLogic): AnyActorLogic =>
  kind === "container" ? (logic as AnyStateMachine).provide({ guards: { neverStarted: () => true } }) : logic;

describe("a seed that is made of a recording", () => {
  let place: string;
  const at = (name: string): string => join(place, name);
  before(() => void (place = mkdtempSync(join(tmpdir(), "troupe-save-seed-"))));
  after(() => rmSync(place, { recursive: true }));

  const saved = async (records: readonly FlightRecord[], tape?: Choices, pod?: string) => {
    const recording = recordingFrom(recordingText("ndjson", records, tape && { tape }));
    const told = await saveSeed(recording, at("seed.json"), pod);
    return { told, seed: JSON.parse(readFileSync(at("seed.json"), "utf8")) as { bug: string; tape: Choices } };
  };

  it("of a schedule that found something finds the same", async () => {
    const flight = new Flight({ version: "1.0.0", charts: "sum" });
    const stage = setStage((kind, logic) => flight.watch(kind, hasty(kind, logic)));
    stage.flight = flight;
    let found: readonly string[] = [];
    let tape: Choices = [];
    for (let seed = 1; seed <= 40 && found.length === 0; seed++) {
      flight.begin();
      ({ findings: found, tape } = await rehearse({ seed }, { stage, tick }));
    }
    assert.match(found[0] ?? "", /is killed/);
    flight.conclude(found);
    const { records } = readLines(flight.ring.text);
    const { told, seed } = await saved(records, tape);
    assert.deepEqual(told, [
      `${at("seed.json")}: the schedule itself, in ${tape.length} steps`,
      `  again: npm run sim -- --replay ${at("seed.json")}`,
    ]);
    assert.equal(seed.bug, found.at(-1));
    const again = await rehearse({ tape: seed.tape }, { stage: setStage(hasty), tick });
    assert.deepEqual(again.findings, found);
  });

  it("of a daemon's recording comes by the states that are recorded, and finds nothing", async () => {
    for (const one of [4, 6]) {
      const records = await recorded(one);
      const { told, seed } = await saved(records);
      assert.match(told[0] ?? "", /: the life of default\/pod in \d+ steps of the simulation$/);
      assert.match(told[1] ?? "", /^ {2}comes by (\d+) of the \1 states that are recorded$/, told.join("\n"));
      const visited = new Set<string>();
      const watcher = {
        moved: ({ actor, to }: { actor: string; to: string }) => void visited.add(`${kindOf(actor)} ${to}`),
      };
      const { findings } = await rehearse({ tape: seed.tape }, { stage: setStage(), tick, watcher });
      assert.deepEqual(findings, []);
      for (const record of records)
        if (
          record.kind === "step" &&
          record.state !== undefined &&
          /^(sandbox|container|attachment)\//.test(record.actor)
        )
          assert.ok(visited.has(`${kindOf(record.actor)} ${record.state}`), `${record.actor} ${record.state}`);
    }
  });

  it("says in a line each what has no place in it", async () => {
    const { told } = await saved(await recorded(2));
    const lines = told.filter((line) => line.startsWith("  record "));
    assert.ok(
      lines.some((line) => /^ {2}record \d+: a client with streams attached, of which a seed has none$/.test(line)),
    );
    assert.ok(lines.some((line) => /^ {2}record \d+: attachment\/\w+ threw$/.test(line)));
    assert.equal(new Set(lines).size, lines.length);
  });

  it("is of one pod, which is to be said where there are more", async () => {
    const tape = new Tape()
      .pod("a1", { namespace: "default", pod: "web" })
      .pod("b2", { namespace: "default", pod: "api" });
    const message = "a seed is the life of one pod; say which with --pod: default/web, default/api";
    await assert.rejects(saved(tape.records), { code: "Invalid", message });
    const { told } = await saved(tape.records, undefined, "web");
    assert.match(told[0] ?? "", /the life of default\/web/);
    const none = new Tape().records;
    await assert.rejects(saved(none), { code: "Invalid", message: /no pod is in this recording/ });
  });
});
