import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { Readiness } from "../../../src/drivers/linux/poll.ts";
import { Exits } from "../../../src/drivers/monitor/exits.ts";
import { placesIn } from "../../../src/monitor/protocol.ts";

/** No process has this name: pids end at 4,194,304. */
const gone = { pid: 4_194_304, startTicks: 1 };

describe("whom the daemon believes about an exit", () => {
  let runDir: string;
  let readiness: Readiness;
  let exits: Exits;
  let told: string[];
  before(() => {
    runDir = mkdtempSync(join(tmpdir(), "troupe-exits-"));
  });
  after(() => rmSync(runDir, { recursive: true }));
  beforeEach(() => {
    told = [];
    readiness = new Readiness();
    exits = new Exits({ places: placesIn(runDir), readiness, wallNs: () => "1" });
    exits.listen({
      exited: (id) => void told.push(id),
      execExited: (id) => void told.push(id),
      execFound: () => {},
      detached: () => {},
      lost: () => {},
    });
    exits.monitorCame([]);
  });
  afterEach(() => {
    exits.close();
    readiness.close();
  });
  const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it("is the monitor as long as it is to tell the exit, and itself when the monitor knows of none", async () => {
    exits.monitorKnows("known");
    exits.watch("exec", "known", gone);
    exits.watch("exec", "unknown", gone);
    await later();
    assert.deepEqual(told, ["unknown"]);
  });

  it("keeps nothing of a command that the monitor was told to forget", async () => {
    exits.monitorKnows("probe");
    exits.acknowledge("probe");
    exits.settle("probe");
    exits.watch("exec", "probe", gone);
    await later();
    assert.deepEqual(told, ["probe"]);
  });

  it("does not tell what was acknowledged when the monitor's word of it came, though the monitor has heard since", async () => {
    exits.acknowledge("ended");
    const heard = exits.hear("container", "ended", { at: "1", oomKilled: false, unknown: "nobody saw it" });
    exits.settle("ended");
    await heard;
    assert.deepEqual(told, []);
  });
});
