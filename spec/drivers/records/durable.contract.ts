/** What everybody may expect of a durable store, the real one and its fake alike. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { DurableStore } from "../../../src/drivers/records/durable.ts";

export interface DurableStage {
  /** Opens the same store once more, after the last one was closed. */
  open(): Promise<DurableStore>;
  stop(): Promise<void>;
}

export const durableContract = (start: () => Promise<DurableStage>): void => {
  describe("a durable store", () => {
    let stage: DurableStage;
    let store: DurableStore;
    beforeEach(async () => {
      stage = await start();
      store = await stage.open();
    });
    afterEach(async () => {
      await store.close();
      await stage.stop();
    });

    it("has what was put, by key, table by table", async () => {
      await store.put("images", "b", "2");
      await store.put("images", "a", '"ü\\u0000"');
      await store.put("leaks", "a", "{}");
      assert.deepEqual(await store.all("images"), [
        { key: "a", json: '"ü\\u0000"' },
        { key: "b", json: "2" },
      ]);
      assert.deepEqual(await store.all("leaks"), [{ key: "a", json: "{}" }]);
      assert.deepEqual(await store.all("attachments"), []);
    });

    it("has the last of several, and nothing that was removed", async () => {
      const changes = [
        store.put("images", "a", "1"),
        store.put("images", "b", "1"),
        store.remove("images", "b"),
        store.put("images", "a", "2"),
      ];
      assert.deepEqual(await store.all("images"), [{ key: "a", json: "2" }]);
      await Promise.all(changes);
      await store.remove("images", "nothing");
    });

    it("makes several changes as one", async () => {
      await store.put("images", "old", "1");
      await store.commit([
        { table: "images", key: "new", json: "2" },
        { table: "images", key: "old", json: null },
      ]);
      await store.commit([]);
      assert.deepEqual(await store.all("images"), [{ key: "new", json: "2" }]);
    });

    it("still has it all when it is opened again", async () => {
      const put = store.put("attachments", "a", "1");
      await store.close();
      await put;
      await assert.rejects(store.put("attachments", "b", "1"), { code: "Failed", message: /is closed/ });
      store = await stage.open();
      assert.deepEqual(await store.all("attachments"), [{ key: "a", json: "1" }]);
    });
  });
};
