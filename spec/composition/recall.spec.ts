import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, describe, it } from "node:test";
import fc from "fast-check";
import type { Parts } from "../../src/composition/parts.ts";
import { recall } from "../../src/composition/recall.ts";
import type { Attachments } from "../../src/composition/record-hands.ts";
import { runStore } from "../../src/drivers/records/run-store.ts";
import { emptyBooks } from "../../src/supervisors/books.ts";
import { containerConfig, sandboxConfig } from "../support/builders.ts";

const [pod, beside, app] = ["a".repeat(64), "b".repeat(64), "c".repeat(64)];
const config = Buffer.from("a configuration");
const memo = (phase: string, ips: readonly string[] = []) => ({ n: 1, verb: null, phase, ips });
const sandbox = (id: string) => ({ id, handler: "crun", createdAt: "1", memo: memo("ready", ["10.0.0.4"]) });
const container = { id: app, sandboxId: pod, imageId: "image", handler: "crun", createdAt: "1", memo: memo("running") };

describe("what a daemon recalls", () => {
  const place = mkdtempSync(join(tmpdir(), "troupe-recall-"));
  after(() => rmSync(place, { recursive: true }));
  let number = 0;
  let dir = "";
  let rows: Map<string, string>;
  let held: string[];
  beforeEach(() => {
    dir = join(place, String(++number));
    const store = runStore({ dir, program: "0.1.0" });
    store.put("sandbox", pod, sandbox(pod), config);
    store.put("sandbox", beside, sandbox(beside), config);
    store.put("container", app, container, config);
    rows = new Map([pod, beside].map((id) => [id, JSON.stringify({ id, phase: "attached", ips: ["10.0.0.4"] })]));
  });

  const recalled = async () => {
    held = [];
    const books = emptyBooks();
    const attachments: Attachments = new Map();
    const parts = {
      runStore: runStore({ dir, program: "0.1.0" }),
      durable: { all: () => Promise.resolve([...rows].map(([key, json]) => ({ key, json }))) },
      images: {
        open: () => Promise.resolve(),
        hold: (image: string) => void held.push(image),
        list: () => [{ id: "every image" }],
      },
      rootfs: { list: () => Promise.resolve([app, "d".repeat(64)]) },
      execs: { clear: () => undefined },
    } as unknown as Parts;
    const decode = { sandbox: () => sandboxConfig(), container: () => containerConfig() };
    const found = await recall(parts, books, attachments, decode);
    return { ...found, books, attachments };
  };
  const allFiles = (): readonly (readonly [string, string])[] =>
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((path) => [path, readFileSync(path, "latin1")] as const);

  it("is all that was recorded; debris is what nobody has recorded", async () => {
    const { books, attachments, debris, doubts, spared } = await recalled();
    assert.deepEqual([doubts, [...spared]], [[], []]);
    assert.deepEqual([...attachments.keys()], [pod, beside]);
    assert.equal(books.containers.entry(app)?.memo?.phase, "running");
    assert.deepEqual(debris, [`rootfs/${"d".repeat(64)}`]);
  });

  /** What is doubtful is spared, and whatever might be its own is kept. */
  const isSafe = async (damaged: string): Promise<void> => {
    const before = allFiles();
    const { books, attachments, debris, doubts, spared } = await recalled();
    assert.deepEqual(allFiles(), before);
    assert.deepEqual(debris, [`rootfs/${"d".repeat(64)}`]);
    for (const id of [pod, beside, app]) {
      const entry = books.sandboxes.entry(id) ?? books.containers.entry(id);
      assert.ok(entry ? !spared.has(id) : spared.has(id) && id === damaged, id);
      if (!entry) assert.ok(doubts.some((doubt) => doubt.includes(id) && doubt.endsWith("left alone")));
      // Without its sandbox it would be taken off its network.
      if (!entry) assert.ok(!attachments.has(id));
      else if (id !== app) assert.equal(attachments.get(id)?.phase, "attached");
    }
    if (spared.size > 0) assert.ok(held.includes("every image"));
  };
  const strike = (path: string, change: (whole: Buffer) => Buffer): (() => void) => {
    const whole = readFileSync(path);
    writeFileSync(path, change(Buffer.from(whole)));
    return () => writeFileSync(path, whole);
  };

  it("is equal or doubtful, whatever becomes of a record's bytes: nothing is deleted, its neighbours are as they were", () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom<readonly ["sandbox" | "container", string]>(["sandbox", pod], ["container", app]),
        fc.constantFrom("json", "config"),
        fc.nat(1000),
        fc.option(fc.integer({ min: 1, max: 255 }), { nil: undefined }),
        async ([kind, id], ending, place, mask) => {
          const mend = strike(join(dir, kind, `${id}.${ending}`), (whole) => {
            if (mask === undefined) return whole.subarray(0, place % whole.length); // cut
            whole[place % whole.length]! ^= mask;
            return whole;
          });
          await isSafe(id);
          mend();
        },
      ),
      { numRuns: 150 },
    ));

  it("of an attachment that cannot be understood is that there is one, whichever byte is another one", async () => {
    const whole = rows.get(pod)!;
    for (let at = 0; at < whole.length; at++)
      for (const with_ of ["", "\0", "9"]) {
        rows.set(pod, whole.slice(0, at) + with_ + whole.slice(at + 1));
        const { attachments, spared } = await recalled();
        assert.deepEqual([attachments.get(pod)?.phase, [...spared]], ["attached", []], `${at}: ${rows.get(pod)}`);
      }
    for (const json of ["null", "7", "[]", "{}", JSON.stringify({ id: pod, phase: "attached", ips: 7 })]) {
      rows.set(pod, json);
      const { attachments, doubts } = await recalled();
      assert.deepEqual(attachments.get(pod), { id: pod, phase: "attached", ips: ["10.0.0.4"] });
      assert.match(
        doubts.join(),
        new RegExp(`the record of attachment ${pod} cannot be understood .*taken to be attached`),
      );
    }
  });

  it("after a reboot is which networks owe their DEL, that of an unreadable record too", async () => {
    rmSync(dir, { recursive: true });
    rows.set(pod, "{torn");
    const { books, attachments, debris } = await recalled();
    assert.deepEqual(books.sandboxes.views(), []);
    assert.deepEqual([...attachments.keys()].toSorted(), [pod, beside].toSorted());
    assert.equal(debris.length, 2);
  });
});
