import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemCallName } from "../../../src/drivers/watchdog/system-calls.ts";

describe("names of system calls", () => {
  it("are this machine's", () => {
    assert.equal(systemCallName(257, "x64"), "openat");
    assert.equal(systemCallName(56, "arm64"), "openat");
    assert.equal(systemCallName(435, "x64"), systemCallName(435, "arm64"));
    assert.equal(systemCallName(0, "x64"), "read");
    assert.equal(systemCallName(280, "arm64"), "bpf");
  });

  it("are numbers where they are not known", () => {
    assert.equal(systemCallName(9_999, "x64"), "system call 9999");
    assert.equal(systemCallName(0, "riscv64"), "system call 0");
    assert.equal(systemCallName(2, "arm64"), "system call 2");
  });

  for (const machine of ["x64", "arm64"] as const)
    it(`are of one call each (${machine})`, () => {
      const names = Array.from({ length: 500 }, (_, number) => systemCallName(number, machine));
      const known = names.filter((name) => !name.startsWith("system call"));
      assert.equal(new Set(known).size, known.length);
      assert.ok(known.length > 100);
    });
});
