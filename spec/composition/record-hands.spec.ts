import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { recordHands, type Attachments } from "../../src/composition/record-hands.ts";
import type { Parts } from "../../src/composition/parts.ts";
import { runStore } from "../../src/drivers/records/run-store.ts";
import { bytesOf, sandboxConfigOf } from "../../src/fuzz/configs.ts";
import type { SandboxMemo } from "../../src/machines/sandbox-recovery.ts";
import { emptyBooks, type SandboxEntry } from "../../src/supervisors/books.ts";
import type { SandboxId } from "../../src/vocabulary/index.ts";

const id = "1".padStart(64, "0") as SandboxId;
const memo: SandboxMemo = {
  ...{ phase: "removing", n: 1, verb: "remove", hostNetwork: true, sharesProcesses: false, infra: null },
  ...{ ips: [], failure: null },
};

describe("the record of a sandbox", () => {
  it("has its configuration, also when it is written again after a removal that failed half-way", async (test: TestContext) => {
    const dir = mkdtempSync(join(tmpdir(), "troupe-records-"));
    test.after(() => rmSync(dir, { recursive: true }));
    const store = runStore({ dir, program: "0.1.0" });
    const books = emptyBooks();
    const bytes = bytesOf({ name: "pod", attempt: 0, network: "node", pid: "container" });
    books.sandboxes.put({
      ...{ id, bytes, config: sandboxConfigOf(bytes), handler: "crun", createdAt: "1", namespacePaths: {}, memo: null },
    } satisfies SandboxEntry);
    const attachments: Attachments = new Map();
    const hands = recordHands({ runStore: store } as Parts, books, attachments);
    const { signal } = new AbortController();
    const untold = (): void => {};

    await hands.putSandbox({ id, ...memo }, signal, untold);
    const inTheWay = join(dir, "sandbox", `${id}.config`);
    rmSync(inTheWay);
    mkdirSync(inTheWay); // the record goes, and then this is no file to be deleted
    assert.throws(() => hands.forgetSandbox({ id }, signal, untold));
    rmSync(inTheWay, { recursive: true });

    await hands.putSandbox({ id, ...memo }, signal, untold);
    const [record] = runStore({ dir, program: "0.1.0" }).load().records;
    assert.deepEqual(Buffer.from(record?.config ?? []), Buffer.from(bytes));
  });
});
