import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { durableContract } from "../../drivers/records/durable.contract.ts";
import { runStoreContract } from "../../drivers/records/run-store.contract.ts";
import { simulatedDurableStore, simulatedRunStore } from "../../../src/fuzz/world/records.ts";
import { eagerNode, MovingNode, quietNode } from "./quiet-node.ts";

runStoreContract(() => {
  const node = eagerNode();
  return () => simulatedRunStore(node);
});

durableContract(async () => {
  const moving = new MovingNode();
  return { open: async () => simulatedDurableStore(moving.node), stop: async () => moving.stop() };
});

/** As the real ones do on a disk of their own: spec/e2e/disk-full.root.spec.ts. */
describe("simulated records on a full disk", () => {
  it("of this boot are changed and removed, and no new ones made", () => {
    const node = eagerNode();
    const store = simulatedRunStore(node);
    store.put("container", "c1", 1, Uint8Array.of(7));
    node.diskFull = true;
    assert.throws(() => store.put("container", "c2", 1), { code: "Exhausted" });
    store.put("container", "c1", 2);
    assert.deepEqual(store.load().records, [{ kind: "container", id: "c1", record: 2, config: Uint8Array.of(7) }]);
    store.remove("container", "c1");
    assert.deepEqual(store.load().records, []);
  });

  it("that outlive it stay as they are", async () => {
    const node = eagerNode();
    const store = simulatedDurableStore(node);
    await store.put("images", "a", "1");
    node.diskFull = true;
    await assert.rejects(store.put("images", "a", "2"), { code: "Exhausted" });
    assert.deepEqual(await store.all("images"), [{ key: "a", json: "1" }]);
  });
});

describe("simulated commits of a daemon that dies", () => {
  it("come about in the order of asking, up to one of them and not beyond", async () => {
    const node = quietNode();
    const store = simulatedDurableStore(node);
    for (const key of ["a", "b", "c", "d"]) void store.put("images", key, "1");
    const fates = [true, true, false, true];
    node.operations.bereave(node.life, () => fates.shift() ?? false);
    node.life = node.newLife();
    const rows = await simulatedDurableStore(node).all("images");
    assert.deepEqual(
      rows.map(({ key }) => key),
      ["a", "b"],
    );
  });
});
