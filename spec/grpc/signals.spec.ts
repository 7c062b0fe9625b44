import assert from "node:assert/strict";
import { constants } from "node:os";
import { describe, it } from "node:test";
import { Signal } from "../../src/grpc/messages/container-config.ts";
import { criSignal, linuxSignal } from "../../src/grpc/signals.ts";

describe("signals", () => {
  it("have this system's numbers", () => {
    const here = new Map<string, number>(Object.entries(constants.signals));
    for (const [name, number] of Object.entries(Signal)) {
      const known = here.get(name.replace("SIGNAL_", ""));
      if (known !== undefined) assert.equal(linuxSignal(number), known, name);
    }
  });

  it("all have a number but the default", () => {
    for (const number of Object.values(Signal))
      assert.equal(linuxSignal(number) === undefined, number === Signal.SIGNAL_RUNTIME_DEFAULT);
    assert.equal(linuxSignal(66), undefined);
  });

  it("keep the real-time ones in their order", () => {
    assert.equal(linuxSignal(Signal.SIGNAL_SIGRTMIN), 34);
    assert.equal(linuxSignal(Signal.SIGNAL_SIGRTMINPLUS15), 49);
    assert.equal(linuxSignal(Signal.SIGNAL_SIGRTMAXMINUS14), 50);
    assert.equal(linuxSignal(Signal.SIGNAL_SIGRTMAX), 64);
  });

  it("come back as they went, save for the second names of one", () => {
    for (let number = 1; number <= 64; number++) {
      if (number === 32 || number === 33) continue; // the C library's own
      assert.equal(linuxSignal(criSignal(number)), number);
    }
    assert.equal(criSignal(17), Signal.SIGNAL_SIGCHLD);
    assert.equal(criSignal(0), Signal.SIGNAL_RUNTIME_DEFAULT);
  });
});
