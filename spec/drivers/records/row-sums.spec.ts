import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, it } from "node:test";
import type { Row } from "../../../src/drivers/records/durable-messages.ts";
import { durableStore } from "../../../src/drivers/records/durable.ts";

describe("a durable record", () => {
  const place = mkdtempSync(join(tmpdir(), "troupe-rows-"));
  after(() => rmSync(place, { recursive: true }));
  let number = 0;
  const newFile = (): string => {
    const file = join(place, String(++number), "troupe.db");
    mkdirSync(dirname(file));
    return file;
  };
  const rowsIn = async (file: string): Promise<readonly Row[]> => {
    const store = await durableStore({ file, failed: (error) => assert.fail(error) });
    const rows = await store.all("images");
    await store.close();
    return rows;
  };
  const json = JSON.stringify({ id: "sha256:0123", entrypoint: ["/bin/app"] });
  const written = async (): Promise<string> => {
    const file = newFile();
    const store = await durableStore({ file, failed: (error) => assert.fail(error) });
    await store.put("images", "sha256:0123", json);
    await store.close();
    return file;
  };

  it("is damaged whichever of its bits on the disk is another one, and is never another record", async () => {
    const file = await written();
    const whole = readFileSync(file);
    const at = whole.indexOf(json);
    for (let byte = at; byte < at + json.length; byte += 3) {
      const flipped = Buffer.from(whole);
      flipped[byte]! ^= 1 << (byte & 7);
      writeFileSync(file, flipped);
      const [row, ...others] = await rowsIn(file);
      assert.match(row?.damaged ?? "", /^it is damaged: its sum/, `byte ${byte}`);
      assert.equal(others.length, 0);
    }
  });

  it("of the schema before sums is read, and has one from then on", async () => {
    const file = newFile();
    const older = new DatabaseSync(file);
    for (const table of ["images", "attachments", "leaks"])
      older.exec(`CREATE TABLE ${table} (key TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT`);
    older.exec("PRAGMA user_version = 1");
    older.prepare("INSERT INTO images VALUES (?, ?)").run("a", json);
    older.close();
    assert.deepEqual(await rowsIn(file), [{ key: "a", json }]);
    const database = new DatabaseSync(file);
    database.prepare("UPDATE images SET json = ?").run(json.replace("app", "ape"));
    database.close();
    assert.match((await rowsIn(file))[0]?.damaged ?? "", /its sum/);
  });
});
