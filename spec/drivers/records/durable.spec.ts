import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { durableStore, storeThread, type DurableOptions } from "../../../src/drivers/records/durable.ts";
import { durableContract } from "./durable.contract.ts";

const place = mkdtempSync(join(tmpdir(), "troupe-durable-"));
after(() => rmSync(place, { recursive: true }));
let number = 0;
const newFile = (): string => join(place, String(++number), "troupe.db");
const open = (options: Pick<DurableOptions, "file"> & Partial<DurableOptions>) =>
  durableStore({ failed: (error) => assert.fail(error), ...options });

durableContract(() => {
  const file = newFile();
  return Promise.resolve({ open: () => open({ file }), stop: () => Promise.resolve() });
});

describe("the durable store on disk", () => {
  it("opens nothing before its daemon knows that no other one runs, however early its thread began", async () => {
    const file = newFile();
    const thread = storeThread(file);
    await once(thread.worker, "online");
    assert.ok(!existsSync(file));
    const store = await open({ file, thread });
    await store.put("images", "a", "1");
    await store.close();
  });

  it("can be given up before it has opened anything", async () => {
    const file = newFile();
    const thread = storeThread(file);
    await once(thread.worker, "online");
    await thread.worker.terminate();
    assert.match(String(await thread.ended), /the thread of the store .* ended/);
    assert.ok(!existsSync(file));
  });

  it("is nobody else's to read", async () => {
    const file = newFile();
    const store = await open({ file });
    await store.put("images", "a", "1");
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(`${file}-wal`).mode & 0o777, 0o600);
    assert.equal(statSync(dirname(file)).mode & 0o777, 0o700);
    await store.close();
  });

  it("of a newer Troupe is refused and left as it is", async () => {
    const file = newFile();
    mkdirSync(dirname(file));
    const newer = new DatabaseSync(file);
    newer.exec("PRAGMA user_version = 3");
    newer.close();
    await assert.rejects(open({ file }), {
      code: "Failed",
      message: `the store ${file} failed: it was written by a newer Troupe (schema 3, this one knows 2): use that one; containers that run are not affected`,
    });
  });

  it("that is no database is told with what to do", async () => {
    const file = newFile();
    mkdirSync(dirname(file));
    writeFileSync(file, Buffer.alloc(8192, "garbage "));
    await assert.rejects(open({ file }), {
      code: "Failed",
      message:
        /^the store .* failed: it is damaged: file is not a database; put a good copy in its place, or move it away/,
    });
  });

  it("that is a directory is told with what to do, and left as it is", async () => {
    const file = newFile();
    mkdirSync(join(file, "of somebody"), { recursive: true });
    await assert.rejects(open({ file }), {
      code: "Failed",
      message: /^the store .* failed: it is damaged: EISDIR: .*; put a good copy in its place, or move it away/,
    });
    assert.deepEqual(readdirSync(file), ["of somebody"]);
  });

  it("that cannot be opened is told with its path", async () => {
    const file = join(fileURLToPath(import.meta.url), "none/troupe.db");
    await assert.rejects(open({ file }), { code: "Failed", message: /^the store .*none\/troupe.db failed: ENOTDIR/ });
  });

  it("refuses more than may wait for the disk, and takes it again afterwards", async () => {
    const store = await open({ file: newFile(), maxQueuedBytes: 1000 });
    const first = store.put("images", "a", "x".repeat(800));
    await assert.rejects(store.put("images", "b", "x".repeat(800)), {
      code: "Exhausted",
      message: /wait for .*, 1000 is the limit/,
    });
    assert.deepEqual(store.queue, { length: 865, bound: 1000, refused: 1 });
    await first;
    assert.deepEqual(store.queue, { length: 0, bound: 1000, refused: 1 });
    await store.put("images", "b", "x".repeat(800));
    await store.close();
  });

  it("that is broken rejects all that waits and all that comes, and says so once", async () => {
    const file = newFile();
    const failures: Error[] = [];
    await (await open({ file })).close();
    const other = new DatabaseSync(file);
    other.exec("CREATE TRIGGER no BEFORE INSERT ON images BEGIN SELECT RAISE(ABORT, 'no such luck'); END");
    other.close();
    const store = await open({ file, failed: (error) => failures.push(error) });
    const all = await Promise.allSettled([
      store.put("images", "a", "1"),
      store.put("leaks", "b", "2"),
      store.all("leaks"),
    ]);
    assert.deepEqual(
      all.map(({ status }) => status),
      ["rejected", "rejected", "rejected"],
    );
    await assert.rejects(store.put("leaks", "c", "3"), {
      code: "Failed",
      message: /failed: no such luck/,
    });
    assert.equal(failures.length, 1);
    await store.close();
  });

  it("loses nothing that it has acknowledged when its process is killed in mid-commit", async () => {
    const file = newFile();
    const writer = fileURLToPath(new URL("durable-writer.ts", import.meta.url));
    for (let round = 0; round < 3; round += 1) {
      const child = spawn(process.execPath, [writer, file], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const acknowledged: string[] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged.push(line.padStart(9, "0"));
        if (acknowledged.length === 150 + round * 37) child.kill("SIGKILL");
      }
      const store = await open({ file });
      const rows = new Map((await store.all("leaks")).map(({ key, json }) => [key, json]));
      await store.close();
      assert(acknowledged.length >= 150);
      for (const key of acknowledged) {
        const { number, text } = JSON.parse(rows.get(key) ?? "{}") as { number?: number; text?: string };
        assert.deepEqual([number, text], [Number(key), String(Number(key)).repeat(100)]);
      }
    }
  });
});
