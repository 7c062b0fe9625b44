import assert from "node:assert/strict";
import { it } from "node:test";
import { devicesIn, legacyDevicesIn } from "../../../src/drivers/figures/devices.ts";

const named = { major: "4095", minor: "77", name: "" };

it("what v2 says of devices: those that did nothing are left out, one that has gone has no name", () => {
  assert.deepEqual(devicesIn("8:16 \n4095:77 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n"), [
    { ...named, readBytes: 1, writtenBytes: 2, reads: 3, writes: 4 },
  ]);
  assert.deepEqual(devicesIn(""), []);
});

it("what v1 says of devices, in two files", () => {
  const [bytes, operations] = ["4095:77 Read 1\n4095:77 Write 2\nTotal 3\n", "4095:77 Read 3\nTotal 3\n"];
  assert.deepEqual(legacyDevicesIn(bytes, operations), [
    { ...named, readBytes: 1, writtenBytes: 2, reads: 3, writes: 0 },
  ]);
});
