import assert from "node:assert/strict";
import { readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { initOf, isThere } from "../../scripts/demo/witness.ts";
import { askDaemon } from "../../src/cli/daemon.ts";
import { seal } from "../../src/drivers/records/envelope.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually, type Pod } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const doubted = "exec sleep 7001";
const fine = "exec sleep 7002";

describe("records that are damaged", inTestNode, () => {
  let bed: TestBed;
  let [pod, beside] = [{} as Pod, {} as Pod];
  let [app, other] = ["", ""];
  let init = 0;
  before(async () => {
    bed = await testBed({ name: "records" });
  });
  beforeEach(async () => {
    const { kubelet } = bed;
    [pod, beside] = [await kubelet.runPod(kubelet.podConfig("pod")), await kubelet.runPod(kubelet.podConfig("beside"))];
    [app, other] = [await kubelet.run(pod, "app", doubted), await kubelet.run(beside, "app", fine)];
    init = await eventually("the process of app", 2000, () => initOf("sleep\u00007001"));
  });
  afterEach(async (spec) => {
    await bed.kubelet.endPod(pod);
    await bed.kubelet.endPod(beside);
    await bed.leavesNothing(spec);
  });
  after(() => bed.end());

  const recordOf = (kind: "sandbox" | "container", id: string): string => join(bed.place, "run", kind, `${id}.json`);
  /** A daemon's next life with this file so; afterwards one with the file as it was. */
  const withDamage = async (damage: () => () => void, served: () => Promise<void>): Promise<void> => {
    await bed.daemon.kill();
    const mend = damage();
    await bed.daemon.start();
    try {
      await served();
    } finally {
      await bed.daemon.kill();
      mend();
      await bed.daemon.start();
    }
  };
  const withFile =
    (path: string, change: (whole: Buffer) => void): (() => () => void) =>
    () => {
      const whole = readFileSync(path);
      change(whole);
      return () => writeFileSync(path, whole);
    };
  const named = async (words: RegExp): Promise<void> => {
    assert.match(bed.daemon.lines.join("\n"), words);
    assert.match(((await askDaemon(bed.daemon.runDir, "GET", "/waits")) as string[]).join("\n"), words);
  };
  const listed = async (): Promise<{ pods: string[]; containers: string[] }> => {
    const { cri } = bed.kubelet;
    const { items } = await cri.call("ListPodSandbox", {});
    const { containers } = await cri.call("ListContainers", {});
    return { pods: items.map(({ id }) => id).toSorted(), containers: containers.map(({ id }) => id).toSorted() };
  };
  const bothPods = (): string[] => [pod.id, beside.id].toSorted();
  const both = (): string[] => [app, other].toSorted();
  /** Others are served: what runs, and what is new. */
  const othersAreServed = async (): Promise<void> => {
    const { kubelet } = bed;
    assert.equal(await kubelet.shell(other, "echo on"), "on");
    const fresh = await kubelet.runPod(kubelet.podConfig("fresh"));
    const id = await kubelet.run(fresh, "app", "exit 4");
    assert.equal((await kubelet.exited(id)).exit_code, 4);
    await kubelet.endPod(fresh);
  };

  const damages: readonly (readonly [string, (path: string, whole: Buffer) => void, RegExp])[] = [
    ["cut", (path, whole) => truncateSync(path, whole.length >> 1), /JSON/],
    ["empty", (path) => truncateSync(path), /JSON/],
    ["garbage", (path) => writeFileSync(path, Buffer.alloc(500, 0xfe)), /JSON/],
    [
      "of a version to come",
      (path, whole) => writeFileSync(path, rewritten(whole, { version: 99 })),
      /written by Troupe \S+ in version 99/,
    ],
    ["of one changed bit", (path, whole) => writeFileSync(path, flipped(whole)), /damaged/],
    [
      "of nothing",
      (path, whole) => writeFileSync(path, rewritten(whole, { record: {} })),
      /is the record of undefined/,
    ],
  ];
  const flipped = (whole: Buffer): Buffer => {
    const bytes = Buffer.from(whole);
    bytes[whole.indexOf('"phase":"') + '"phase":"'.length]! ^= 1;
    return bytes;
  };
  const rewritten = (whole: Buffer, change: object): string => {
    const { by, sum: _, ...content } = JSON.parse(whole.toString()) as { by: string; sum: string };
    return seal({ ...content, ...change }, { program: by, steps: [] });
  };

  it("containers' records: named, with the reason, their processes run on, others are served; mended they are back", async () => {
    const { kubelet } = bed;
    const victims: string[] = [];
    const inits: number[] = [];
    for (const n of damages.keys()) {
      victims.push(await kubelet.run(pod, `victim-${n}`, `exec sleep ${7100 + n}`));
      inits.push(await eventually("its process", 2000, () => initOf(`sleep\u0000${7100 + n}`)));
    }
    const paths = victims.map((id) => recordOf("container", id));
    const wholes = paths.map((path) => readFileSync(path));
    const damage = (): (() => void) => {
      for (const [n, [, spoil]] of damages.entries()) spoil(paths[n]!, wholes[n]!);
      return () => paths.forEach((path, n) => writeFileSync(path, wholes[n]!));
    };
    await withDamage(damage, async () => {
      for (const [n, [, , why]] of damages.entries())
        await named(new RegExp(`${victims[n]}.*${why.source}.*left alone`));
      assert.deepEqual(await listed(), { pods: bothPods(), containers: both() });
      await othersAreServed();
      assert.ok(inits.every(isThere));
    });
    assert.ok(inits.every(isThere));
    assert.deepEqual((await listed()).containers, [...both(), ...victims].toSorted());
    for (const id of victims) assert.equal(await kubelet.shell(id, "echo here"), "here");
  });

  it("a sandbox's record that is cut: its container and its network are left as they are, and mended it is back", async () => {
    const { kubelet } = bed;
    const ip = (await kubelet.podStatus(pod)).network?.ip ?? "none";
    const path = recordOf("sandbox", pod.id);
    await withDamage(
      withFile(path, () => truncateSync(path, 20)),
      async () => {
        await named(new RegExp(`${pod.id}.*JSON.*left alone`));
        assert.deepEqual(await listed(), { pods: [beside.id], containers: both() });
        await othersAreServed();
        assert.equal(await kubelet.shell(app, "ip -4 -o addr show eth0 | grep -o 'inet [0-9.]*'"), `inet ${ip}`);
        assert.ok(leases().includes(ip), "the address is still the pod's");
        await kubelet.remove(app);
        assert.ok(!isThere(init));
      },
    );
    assert.deepEqual(await listed(), { pods: bothPods(), containers: [other] });
    assert.equal((await kubelet.podStatus(pod)).network?.ip, ip);
  });
  const leases = (): string[] => readdirSync("/var/lib/cni/networks/e2e-records");

  it("an image is not deleted under a container whose record cannot be read", async () => {
    const { kubelet, image } = bed;
    const path = recordOf("container", app);
    await withDamage(
      withFile(path, () => truncateSync(path)),
      async () => {
        await kubelet.cri.call("RemoveImage", { image: { image } });
        await kubelet.remove(other);
        assert.ok(readdirSync(`/proc/${init}/root/bin`).length > 100, "its programs are still there");
        await kubelet.cri.call("PullImage", { image: { image } });
      },
    );
    assert.equal(await kubelet.shell(app, "echo here"), "here");
  });

  it("a stranger's file among the records is named and left", async () => {
    const stray = join(bed.place, "run", "sandbox", "README");
    const put = (): (() => void) => {
      writeFileSync(stray, "not a record");
      return () => rmSync(stray);
    };
    await withDamage(put, async () => {
      await named(/run\/sandbox\/README cannot be read \(it is no file of this store\)/);
      assert.deepEqual(await listed(), { pods: bothPods(), containers: both() });
      assert.equal(readFileSync(stray, "utf8"), "not a record");
    });
  });

  it("an attachment's record that is cut: named, and its network goes with its pod", async () => {
    const { kubelet } = bed;
    const ip = (await kubelet.podStatus(pod)).network?.ip ?? "none";
    const cut = (): (() => void) => {
      const change = (sql: string, ...values: string[]): void => {
        const database = new DatabaseSync(join(bed.place, "root", "troupe.db"));
        database.prepare(sql).run(...values);
        database.close();
      };
      change("UPDATE attachments SET json = substr(json, 1, 20) WHERE key = ?", pod.id);
      return () => {};
    };
    await withDamage(cut, async () => {
      await named(new RegExp(`attachment ${pod.id} cannot be understood .*its sum.*taken to be attached`));
      assert.deepEqual(await listed(), { pods: bothPods(), containers: both() });
      await othersAreServed();
      assert.ok(leases().includes(ip));
      await kubelet.endPod(pod);
      assert.ok(!leases().includes(ip), "it was given back");
    });
  });

  it("a store of durable records that is none: the daemon says which file, why and what next; containers run on", async () => {
    const { kubelet, daemon, image } = bed;
    const file = join(bed.place, "root", "troupe.db");
    await daemon.kill();
    const kept = ["", "-wal"].map((ending) => [file + ending, readFileSync(file + ending)] as const);
    const away = (): void => {
      for (const ending of ["", "-wal"]) rmSync(file + ending, { force: true });
    };
    away();
    writeFileSync(file, Buffer.alloc(8192, "garbage "));
    const { status, said } = await daemon.startTwice();
    assert.equal(status, 1);
    assert.match(
      said,
      /troupe serve: the store \S+\/troupe\.db failed: it is damaged: file is not a database; .*move it away/,
    );

    away(); // as it says
    await daemon.start();
    assert.deepEqual(await listed(), { pods: bothPods(), containers: both() });
    assert.match(daemon.lines.join("\n"), /the record of the image sha256:\w+ is lost, and a container runs from it/);
    await kubelet.cri.call("PullImage", { image: { image } });
    await kubelet.run(pod, "fresh", "exit 4");
    assert.ok(readdirSync(`/proc/${init}/root/bin`).length > 100, "its programs are still there");
    assert.equal(await kubelet.shell(app, "echo on"), "on");
    await kubelet.endPod(beside);
    assert.equal(leases().filter((name) => name.startsWith("10.")).length, 1, "addresses are given back");

    await daemon.kill();
    for (const [path, whole] of kept) writeFileSync(path, whole);
    await daemon.start();
    assert.deepEqual((await listed()).pods, [pod.id]);
  });
});
