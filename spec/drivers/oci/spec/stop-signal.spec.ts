import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stopSignal } from "../../../../src/drivers/oci/spec/stop-signal.ts";

describe("the stop signal", () => {
  it("is the pod's before the image's before SIGTERM", () => {
    assert.equal(stopSignal(10, "SIGQUIT").signal, 10);
    assert.equal(stopSignal(undefined, "SIGQUIT").signal, 3);
    assert.equal(stopSignal(undefined, "").signal, 15);
  });

  for (const [text, signal] of [
    ["QUIT", 3],
    ["sigint", 2],
    ["9", 9],
    ["SIGRTMIN", 34],
    ["RTMIN+3", 37],
    ["SIGRTMAX-1", 63],
  ] as const)
    it(`reads ${text} in an image as ${signal}`, () => {
      assert.deepEqual(stopSignal(undefined, text), { signal, warnings: [] });
    });

  for (const text of ["SIGNOTHING", "RTMIN-1", "RTMIN+99", "0", "65"])
    it(`is SIGTERM, and says so, for ${text} in an image`, () => {
      assert.deepEqual(stopSignal(undefined, text), {
        signal: 15,
        warnings: [`the image's stop signal "${text}" is not known; SIGTERM is used`],
      });
    });

  it("is refused where the pod's number is no signal", () => {
    assert.throws(() => stopSignal(0, ""), { code: "Invalid" });
    assert.throws(() => stopSignal(65, ""), {
      code: "Invalid",
      message: "stop signal 65 is not a signal of Linux (1 to 64)",
    });
  });
});
