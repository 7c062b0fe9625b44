/** Which machine an actor runs, by its kind. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { machineOf, machines } from "../../src/machines/catalogue.ts";

describe("the machine of an actor", () => {
  it("is its kind's, and none of a supervisor, as whom the root is called that has the daemon's life under it", () => {
    assert.equal(machineOf("container"), machines.container);
    assert.equal(machineOf("life"), machines.daemon);
    for (const kind of ["daemon", "pods", "pod", "images", "leaks"]) assert.equal(machineOf(kind), undefined);
  });
});
