import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { runStore } from "../../../src/drivers/records/run-store.ts";
import { runStoreContract } from "./run-store.contract.ts";

const place = mkdtempSync(join(tmpdir(), "troupe-run-"));
after(() => rmSync(place, { recursive: true }));
let number = 0;
const newDir = (): string => join(place, String(++number));

runStoreContract(() => {
  const dir = newDir();
  return () => runStore({ dir });
});

describe("the records of this boot on /run", () => {
  it("are nobody else's to read", () => {
    const dir = newDir();
    runStore({ dir }).put("container", "c1", 1, Buffer.from("x"));
    assert.equal(statSync(join(dir, "container")).mode & 0o777, 0o700);
    for (const name of ["c1.json", "c1.config"])
      assert.equal(statSync(join(dir, "container", name)).mode & 0o777, 0o600);
  });

  it("that cannot be read are doubtful, with the reason, and left as they are", () => {
    const dir = newDir();
    const store = runStore({ dir });
    store.put("sandbox", "good", 1);
    store.put("container", "short", 1, Buffer.from("12345"));
    store.put("container", "bare", 1, Buffer.from("12345"));
    writeFileSync(join(dir, "container/short.config"), "123");
    rmSync(join(dir, "container/bare.config"));
    writeFileSync(join(dir, "sandbox/torn.json"), '{"version":1,"rec');
    writeFileSync(join(dir, "sandbox/empty.json"), "");
    writeFileSync(join(dir, "sandbox/newer.json"), '{"version":2,"record":1}');
    writeFileSync(join(dir, "exec/notes.txt"), "?");
    const { records, doubtful } = runStore({ dir }).load();
    assert.deepEqual(
      records.map(({ id }) => id),
      ["good"],
    );
    const reasons = new Map(doubtful.map(({ kind, id, reason }) => [`${kind}/${id}`, reason]));
    assert.deepEqual(
      [...reasons.keys()],
      ["sandbox/empty", "sandbox/newer", "sandbox/torn", "container/bare", "container/short", "exec/notes.txt"],
    );
    assert.match(reasons.get("sandbox/newer") ?? "", /another version than 1/);
    assert.match(reasons.get("container/short") ?? "", /has 3 bytes instead of 5/);
    assert.match(reasons.get("container/bare") ?? "", /ENOENT/);
    for (const { file } of doubtful) assert(existsSync(file));
  });

  it("leave nothing of what a daemon was writing when it died", () => {
    const dir = newDir();
    runStore({ dir }).put("container", "c1", "old", Buffer.from("x"));
    writeFileSync(join(dir, "container/c1.json.new"), "{torn");
    writeFileSync(join(dir, "container/c1.config.new"), "t");
    writeFileSync(join(dir, "container/c2.config"), "no record yet");
    const { records, doubtful } = runStore({ dir }).load();
    assert.deepEqual([records.map(({ record }) => record), doubtful], [["old"], []]);
    assert.deepEqual(readdirSync(join(dir, "container")), ["c1.config", "c1.json"]);
  });

  it("that cannot be written say so, and the old one stays", () => {
    const dir = newDir();
    const store = runStore({ dir });
    store.put("sandbox", "s1", "old");
    rmSync(join(dir, "container"), { recursive: true });
    assert.throws(() => store.put("container", "c1", 1), {
      code: "Failed",
      message: /the record of the container c1 cannot be written to .*ENOENT/,
    });
    const circular: Record<string, unknown> = {};
    circular["self"] = circular;
    assert.throws(() => store.put("sandbox", "s1", circular), { code: "Failed" });
    assert.match(readFileSync(join(dir, "sandbox/s1.json"), "utf8"), /"record":"old"/);
  });
});
