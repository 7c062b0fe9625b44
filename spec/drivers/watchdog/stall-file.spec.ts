import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { stallsIn, writeStall } from "../../../src/drivers/watchdog/stall-file.ts";
import { stallText, type Stall } from "../../../src/drivers/watchdog/stall.ts";

const stall = (ms: number, more: Partial<Stall> = {}): Stall => ({
  kind: "stalled",
  pid: 7,
  wall: 1_000,
  mono: 2_000,
  ms,
  over: false,
  stack: ["fn src/x.ts:1"],
  ...more,
});

describe("the file of stalls", () => {
  let directory = "";
  const file = (): string => join(directory, "stalls.ndjson");
  beforeEach(() => {
    directory = join(mkdtempSync(join(tmpdir(), "stalls-")), "flight");
  });
  afterEach(() => rmSync(join(directory, ".."), { recursive: true }));

  it("has what was told, oldest first, for its owner alone; and is made with its directory", () => {
    assert.deepEqual(stallsIn(directory), []);
    const told = [stall(1), stall(2, { over: true, syscall: "read", kernel: ["pipe_read"], starvedMs: 3 })];
    for (const one of told) assert.equal(writeStall(directory, one), undefined);
    assert.deepEqual(stallsIn(directory), told);
    assert.equal(statSync(file()).mode & 0o777, 0o600);
    assert.equal(statSync(directory).mode & 0o777, 0o700);
  });

  it("keeps the last 64", () => {
    for (let ms = 0; ms < 100; ms++) writeStall(directory, stall(ms));
    assert.deepEqual(
      stallsIn(directory).map(({ ms }) => ms),
      Array.from({ length: 64 }, (_, index) => index + 36),
    );
    assert.deepEqual(readdirSync(directory), ["stalls.ndjson"]);
  });

  it("stays below 256 KiB, however deep the stacks are", () => {
    const stack = Array.from({ length: 40 }, () => "f".repeat(600));
    for (let ms = 0; ms < 30; ms++) {
      writeStall(directory, stall(ms, { stack }));
      assert.ok(statSync(file()).size <= 256 << 10);
    }
    assert.equal(stallsIn(directory).at(-1)?.ms, 29);
    assert.ok(stallsIn(directory).length >= 10);
  });

  it("is read without what is no stall, and goes on behind a line that was cut off", () => {
    writeStall(directory, stall(1));
    appendFileSync(file(), 'null\n[]\n{"kind":"stalled"}\n{"kind":"stalled","pid":1,"wall":');
    assert.equal(writeStall(directory, stall(2)), undefined);
    assert.deepEqual(stallsIn(directory), [stall(1), stall(2)]);
  });

  it("says why it could not be written", () => {
    writeFileSync(directory, "no directory");
    assert.match(writeStall(directory, stall(1)) ?? "", /ENOTDIR/);
    assert.equal(readFileSync(directory, "utf8"), "no directory");
  });
});

describe("a stall in words", () => {
  it("says where it is, what the kernel does for it, and who had the processor", () => {
    const texts = [
      stallText(stall(1_234)),
      stallText(
        stall(3_210, { over: true, stack: ["a x:1", "b y:2"], syscall: "openat", kernel: ["fifo_open", "vfs_open"] }),
      ),
      stallText(stall(1_000, { stack: [], syscall: "page fault", kernel: [] })),
      stallText(stall(2_000, { stack: [], starvedMs: 1_500 })),
    ];
    assert.deepEqual(texts, [
      "the event loop has stood still for 1.2 s in fn src/x.ts:1",
      "the event loop stood still for 3.2 s in a x:1, called by b y:2, waiting in the kernel: openat, fifo_open",
      "the event loop has stood still for 1.0 s, waiting in the kernel: page fault",
      "the event loop has stood still for 2.0 s in native code, which does not say where it is; for 1.5 s of it others had the processor",
    ]);
  });
});
