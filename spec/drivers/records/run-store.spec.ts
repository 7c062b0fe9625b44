import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { runStore as openStore, type RunStore } from "../../../src/drivers/records/run-store.ts";
import { runStoreContract } from "./run-store.contract.ts";

const place = mkdtempSync(join(tmpdir(), "troupe-run-"));
after(() => rmSync(place, { recursive: true }));
let number = 0;
const runStore = ({ dir }: { readonly dir: string }): RunStore => openStore({ dir, program: "0.2.0" });
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
    writeFileSync(join(dir, "sandbox/newer.json"), '{"version":3,"by":"0.3.0","record":1}');
    mkdirSync(join(dir, "sandbox/folder.json"));
    mkdirSync(join(dir, "sandbox/odd.config"));
    writeFileSync(join(dir, "exec/notes.txt"), "?");
    const { records, doubtful } = runStore({ dir }).load();
    assert.deepEqual(
      records.map(({ id }) => id),
      ["good"],
    );
    const reasons = new Map(doubtful.map(({ kind, id, reason }) => [`${kind}/${id}`, reason]));
    assert.deepEqual(
      [...reasons.keys()],
      [
        ...["empty", "folder", "newer", "odd", "torn"].map((id) => `sandbox/${id}`),
        ...["container/bare", "container/short", "exec/notes.txt"],
      ],
    );
    assert.match(reasons.get("sandbox/newer") ?? "", /^it was written by Troupe 0\.3\.0 in version 3, .*0\.2\.0/);
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

  it("of the version before this one are read, and written anew in this one", () => {
    const dir = newDir();
    runStore({ dir });
    writeFileSync(join(dir, "container/c1.json"), '{"version":1,"configBytes":3,"record":{"deep":[1]}}');
    writeFileSync(join(dir, "container/c1.config"), "abc");
    writeFileSync(join(dir, "exec/e1.json"), '{"version":1,"configBytes":0,"record":1}');
    const store = runStore({ dir });
    const { records, doubtful } = store.load();
    assert.deepEqual(doubtful, []);
    assert.deepEqual(
      records.map(({ id, record, config }) => [id, record, String(config)]),
      [
        ["c1", { deep: [1] }, "abc"],
        ["e1", 1, ""],
      ],
    );
    store.put("container", "c1", { deep: [2] });
    assert.match(
      readFileSync(join(dir, "container/c1.json"), "utf8"),
      /^{"version":2,"by":"0.2.0","config":{"bytes":3,/,
    );
    assert.equal(String(runStore({ dir }).load().records[0]?.config), "abc");
  });

  it("have directories of their own, and where one is none it says which and what to do", () => {
    const dir = newDir();
    runStore({ dir });
    rmSync(join(dir, "container"), { recursive: true });
    writeFileSync(join(dir, "container"), "");
    assert.throws(() => runStore({ dir }), {
      code: "Failed",
      message: /^\S+\/container is not the directory of records that it was: put it back; /,
    });
  });
});

describe("a record of this boot that is damaged", () => {
  const put = { state: "running", ips: ["10.0.0.4"], name: "grün", exit: null, deep: [{ asked: true }] };
  const config = Buffer.from([0, 1, 2, 0xff, 0x80, ...Buffer.from("a configuration")]);
  const files = ["c1.json", "c1.config"] as const;
  const stage = () => {
    const dir = newDir();
    runStore({ dir }).put("container", "c1", put, config);
    const wholes = new Map(files.map((name) => [name, readFileSync(join(dir, "container", name))]));
    /** It is as it was put, or doubtful with a reason; and all files are there as they are. */
    const isEqualOrDoubtful = (): "equal" | "doubtful" => {
      const before = files.map((name) => readFileSync(join(dir, "container", name)));
      const { records, doubtful } = runStore({ dir }).load();
      assert.deepEqual(
        files.map((name) => readFileSync(join(dir, "container", name))),
        before,
      );
      assert.equal(records.length + doubtful.length, 1);
      if (records.length === 0) assert.ok(doubtful[0]!.id === "c1" && doubtful[0]!.reason !== "");
      else assert.deepEqual([records[0]!.record, Buffer.from(records[0]!.config)], [put, config]);
      return records.length === 0 ? "doubtful" : "equal";
    };
    const change = (name: (typeof files)[number], bytes: Uint8Array): void =>
      writeFileSync(join(dir, "container", name), bytes);
    return { dir, wholes, isEqualOrDoubtful, change };
  };

  for (const name of files)
    it(`is doubtful wherever its ${name === "c1.json" ? "file" : "configuration"} is cut`, () => {
      const { wholes, isEqualOrDoubtful, dir } = stage();
      for (let length = wholes.get(name)!.length - 1; length >= 0; length--) {
        truncateSync(join(dir, "container", name), length);
        assert.equal(isEqualOrDoubtful(), "doubtful", `${length} bytes`);
      }
    });

  for (const name of files)
    it(`is doubtful whichever byte of its ${name === "c1.json" ? "file" : "configuration"} has a bit that is another one`, () => {
      const { wholes, isEqualOrDoubtful, change } = stage();
      const whole = wholes.get(name)!;
      for (const at of whole.keys()) {
        const flipped = Buffer.from(whole);
        flipped[at]! ^= 1 << (at & 7);
        change(name, flipped);
        assert.equal(isEqualOrDoubtful(), "doubtful", `byte ${at}`);
      }
    });

  it("is equal or doubtful after any changes of its bytes, at its end too", () => {
    const { wholes, isEqualOrDoubtful, change } = stage();
    const whole = wholes.get("c1.json")!;
    const padded = Buffer.concat([whole, Buffer.alloc(16, " ")]);
    const strike = fc.record({ at: fc.nat(padded.length - 1), byte: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(fc.array(strike, { minLength: 1, maxLength: 6 }), fc.nat(20), (strikes, cut) => {
        const struck = Buffer.from(padded);
        for (const { at, byte } of strikes) struck[at] = byte;
        change("c1.json", struck.subarray(0, struck.length - cut));
        isEqualOrDoubtful();
      }),
      { numRuns: 150 },
    );
  });

  it("is not made of the files of two others", () => {
    const { dir, isEqualOrDoubtful } = stage();
    runStore({ dir }).put("exec", "e1", 1, Buffer.alloc(config.length, "x"));
    writeFileSync(join(dir, "container/c1.config"), readFileSync(join(dir, "exec/e1.config")));
    rmSync(join(dir, "exec"), { recursive: true });
    assert.equal(isEqualOrDoubtful(), "doubtful");
  });
});
