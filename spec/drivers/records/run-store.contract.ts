/** What everybody may expect of the records of this boot, the real ones and their fake alike. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RunStore } from "../../../src/drivers/records/run-store.ts";

/** `start` answers how to open one store again and again, as daemons one after another do. */
export const runStoreContract = (start: () => () => RunStore): void => {
  describe("the records of this boot", () => {
    const config = Uint8Array.of(0, 1, 0xff);
    const read = (store: RunStore) => {
      const { records, doubtful } = store.load();
      assert.deepEqual(doubtful, []);
      return records.map(({ kind, id, record, config }) => [kind, id, record, [...config]]);
    };

    it("are there for the next daemon, with their configuration's bytes", () => {
      const open = start();
      const store = open();
      store.put("container", "c1", { state: "created", deep: [1, null] }, config);
      store.put("sandbox", "s1", { state: "ready" }, config);
      store.put("exec", "e1", {});
      const expected = [
        ["sandbox", "s1", { state: "ready" }, [0, 1, 255]],
        ["container", "c1", { state: "created", deep: [1, null] }, [0, 1, 255]],
        ["exec", "e1", {}, []],
      ];
      assert.deepEqual(read(store), expected);
      assert.deepEqual(read(open()), expected);
    });

    it("change without their configuration, also in the next daemon's hands", () => {
      const open = start();
      open().put("container", "c1", 1, config);
      const next = open();
      next.load();
      next.put("container", "c1", 2);
      assert.deepEqual(read(next), [["container", "c1", 2, [0, 1, 255]]]);
      assert.deepEqual(read(open()), [["container", "c1", 2, [0, 1, 255]]]);
    });

    it("keep the configuration that they were given first, and take one where they have none any more", () => {
      const open = start();
      const store = open();
      store.put("container", "c1", 1, config);
      store.put("container", "c1", 2, Uint8Array.of(7));
      assert.deepEqual(read(open()), [["container", "c1", 2, [0, 1, 255]]]);
      store.remove("container", "c1");
      store.put("container", "c1", 3, config);
      assert.deepEqual(read(open()), [["container", "c1", 3, [0, 1, 255]]]);
    });

    it("are gone when they are removed, and can be removed again", () => {
      const open = start();
      const store = open();
      store.put("container", "c1", 1, config);
      store.put("sandbox", "c1", 1);
      store.remove("container", "c1");
      store.remove("container", "c1");
      assert.deepEqual(read(store), [["sandbox", "c1", 1, []]]);
      store.put("container", "c1", 2);
      assert.deepEqual(read(open()), [
        ["sandbox", "c1", 1, []],
        ["container", "c1", 2, []],
      ]);
    });

    it("have ids that are fit for files", () => {
      for (const id of ["", "../x", "a/b", ".hidden", "a\0"])
        assert.throws(() => start()().put("sandbox", id, 1), { code: "Invalid" });
    });
  });
};
