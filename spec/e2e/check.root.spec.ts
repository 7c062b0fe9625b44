/** `troupe check`: nothing is found where all is well, everything that is planted is found, and its repair spares what runs. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { initOf, isThere } from "../../scripts/demo/witness.ts";
import type { Finding } from "../../src/composition/check/judge.ts";
import { lockHolder } from "../../src/drivers/linux/lock-holder.ts";
import { NamespaceMode } from "../../src/grpc/messages/security.ts";
import { troupe } from "../support/command.ts";
import { killAndAwait, monitorOf } from "../support/daemon.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually, hostNetwork, type Pod } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const ids = [{ container_id: 0, host_id: 200_000, length: 65_536 }];
const users = { security_context: { namespace_options: { userns_options: { uids: ids, gids: ids } } } };
const shared = { security_context: { namespace_options: { pid: NamespaceMode.POD } } };

describe("troupe check", inTestNode, () => {
  let bed: TestBed;
  before(async () => {
    bed = await testBed({ name: "check" });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(() => bed.end());

  const run = (...path: readonly string[]): string => join(bed.daemon.runDir, ...path);
  const found = async (): Promise<readonly Finding[]> => {
    const { status, text, complaint } = await troupe(bed.place, "check", "-o", "json");
    assert.ok(status === 0 || status === 1, complaint);
    const { findings } = JSON.parse(text) as { readonly findings: readonly Finding[] };
    assert.equal(status, findings.length === 0 ? 0 : 1);
    return findings;
  };
  const verdictsOn = (findings: readonly Finding[], id: string): readonly string[] =>
    [...new Set(findings.filter((one) => one.id === id).map(({ verdict, kind }) => `${verdict} ${kind}`))].toSorted();
  const inits = (...marks: readonly string[]): Promise<readonly number[]> =>
    eventually(`the processes of ${marks.join(", ")}`, 5000, () => {
      const pids = marks.flatMap((mark) => initOf(`sleep\u0000${mark}`) ?? []);
      return pids.length === marks.length ? pids : undefined;
    });

  it("finds nothing on a node with pods of all kinds, beside the daemon and without it", async () => {
    const { kubelet, daemon } = bed;
    const pods: readonly Pod[] = [
      await kubelet.runPod(kubelet.podConfig("plain")),
      await kubelet.runPod(kubelet.podConfig("shared", { linux: shared })),
      await kubelet.runPod(
        kubelet.podConfig("host", { linux: { security_context: { namespace_options: hostNetwork } } }),
      ),
      await kubelet.runPod(kubelet.podConfig("users", { linux: users })),
      await kubelet.runPod(kubelet.podConfig("runc"), { handler: "runc" }),
    ];
    const mounts = [{ container_path: "/image", readonly: true, image: { image: bed.image } }];
    for (const pod of pods) await kubelet.run(pod, "app", "exec sleep 8000", { mounts });
    await kubelet.exited(await kubelet.run(pods[0]!, "ended", "exit 3"));
    await kubelet.create(pods[0]!, kubelet.appConfig("created", "exit 0"));
    await kubelet.cri.call("StopPodSandbox", { pod_sandbox_id: pods[1]!.id });
    const well = { status: 0, text: "sandboxes: 5, containers: 7; all is accounted for\n", complaint: "" };
    assert.deepEqual(await troupe(bed.place, "check"), well);
    await daemon.kill();
    assert.deepEqual(await troupe(bed.place, "check"), well);
    await daemon.start();
    assert.deepEqual(await troupe(bed.place, "check"), well);
    for (const pod of pods) await kubelet.endPod(pod);
  });

  it("takes nothing that is under way for a finding, while pods come and go", async () => {
    const { kubelet } = bed;
    const checked = new AbortController();
    const life = async (name: string): Promise<void> => {
      for (let n = 0; !checked.signal.aborted; n++) {
        const pod = await kubelet.runPod(kubelet.podConfig(`${name}-${n}`));
        const id = await kubelet.run(pod, "app", "exec sleep 8100");
        await kubelet.exec(id, "true");
        await kubelet.endPod(pod);
      }
    };
    const lives = Promise.all(["one", "two"].map(life));
    try {
      for (let n = 0; n < 5; n++) assert.deepEqual(await found(), []);
    } finally {
      checked.abort();
      await lives;
    }
  });

  it("names what has lost its record, of every kind; repair removes it, and spares records that cannot be read", async () => {
    const { kubelet, daemon } = bed;
    const [kept, doubted, lost] = await Promise.all(
      ["kept", "doubted", "lost"].map((name) => kubelet.runPod(kubelet.podConfig(name))),
    );
    const apps = [
      await kubelet.run(kept!, "app", "exec sleep 8201"),
      await kubelet.run(doubted!, "app", "exec sleep 8202"),
      await kubelet.run(lost!, "app", "exec sleep 8203"),
    ] as const;
    const [keptInit, doubtedInit, lostInit] = await inits("8201", "8202", "8203");
    await daemon.kill();
    const recordOf = (kind: "sandbox" | "container", id: string, ending: string): string =>
      run(kind, `${id}.${ending}`);
    const wholes = (["sandbox", "container"] as const).map((kind, n) => {
      const path = recordOf(kind, [doubted!.id, apps[1]][n]!, "json");
      const whole = readFileSync(path);
      truncateSync(path, 30);
      return { path, whole };
    });
    for (const ending of ["json", "config"]) {
      rmSync(recordOf("sandbox", lost!.id, ending));
      rmSync(recordOf("container", apps[2], ending));
    }
    const exec = "e".repeat(32);
    mkdirSync(run("execs", exec), { recursive: true });
    writeFileSync(recordOf("sandbox", "d".repeat(64), "json.new"), "{");
    const strange = [run("sandbox", "README"), run("bundles", "mine"), run("notes")];
    for (const path of strange) writeFileSync(path, "");
    mkdirSync(run("bundles", "there"));
    execFileSync("mount", ["-t", "tmpfs", "strange", run("bundles", "there")]);

    const before = await found();
    assert.deepEqual(verdictsOn(before, lost!.id), [
      ...["stale CNI", "stale file", "stale interface", "stale mount", "stale namespace"],
    ]);
    assert.deepEqual(verdictsOn(before, apps[2]), [
      ...["stale cgroup", "stale container", "stale file", "stale mount", "stale process"],
    ]);
    for (const id of [doubted!.id, apps[1]]) assert.deepEqual(verdictsOn(before, id), ["doubtful record"]);
    for (const id of [kept!.id, apps[0]]) assert.deepEqual(verdictsOn(before, id), []);
    assert.deepEqual(verdictsOn(before, exec), ["stale file"]);
    const foreign = before.filter(({ verdict }) => verdict === "foreign").map(({ what }) => what);
    assert.deepEqual([...new Set(foreign)].toSorted(), [...strange, run("bundles", "there")].toSorted());
    const said = await troupe(bed.place, "check");
    assert.match(
      said.text,
      new RegExp(`^stale     cgroup    \\S+${apps[2]}: the cgroup of ${apps[2].slice(0, 12)}, `, "m"),
    );
    assert.match(said.text, /^sandboxes: 1, containers: 1; found: 2 doubtful, \d+ stale, .*by troupe check --repair$/m);

    const repaired = await troupe(bed.place, "check", "--repair");
    assert.equal(repaired.status, 1);
    assert.doesNotMatch(repaired.text, /^(stale|failed)/m);
    assert.match(repaired.text, /^removed: \d+; left: 2 doubtful, \d foreign$/m);
    assert.deepEqual(
      [keptInit, doubtedInit, lostInit].map((pid) => isThere(pid!)),
      [true, true, false],
    );
    const leases = readdirSync("/var/lib/cni/networks/e2e-check").filter((name) => /^\d/.test(name));
    assert.equal(leases.length, 2, "the address of the pod that was lost is given back");
    assert.ok(strange.every((path) => existsSync(path)));

    execFileSync("umount", [run("bundles", "there")]);
    for (const path of [...strange, run("bundles", "there")]) rmSync(path, { recursive: true });
    for (const { path, whole } of wholes) writeFileSync(path, whole);
    assert.deepEqual(await found(), []);
    await daemon.start();
    assert.deepEqual(await found(), []);
    assert.equal(await kubelet.shell(apps[0], "echo on"), "on");
    assert.equal(await kubelet.shell(apps[1], "echo on"), "on");
    for (const pod of [kept!, doubted!]) await kubelet.endPod(pod);
  });

  it("misses what was taken from under a pod, beside the daemon", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("robbed"));
    const app = await kubelet.run(pod, "app", "exec sleep 8301");
    execFileSync("umount", ["-l", run("ns", `${pod.id}.uts`)]);
    rmSync(run("bundles", app, "config.json"));
    rmSync(run("bundles", app), { recursive: true });
    const { status, text } = await troupe(bed.place, "check");
    assert.equal(status, 1);
    assert.match(text, /^missing   namespace the UTS namespace: of e2e\/robbed is gone: remove the pod$/m);
    assert.match(text, /^missing   file      the bundle: of e2e\/robbed\/app is gone: remove the container$/m);
    assert.match(text, /; found: 2 missing$/m);

    const daemon = lockHolder(run("daemon.lock"))!;
    process.kill(daemon, "SIGSTOP");
    const silent = await troupe(bed.place, "check");
    process.kill(daemon, "SIGCONT");
    assert.equal(silent.status, 1);
    assert.match(silent.text, /^note: what the daemon is at work on may be among these, .* no daemon answers on /m);
    await kubelet.endPod(pod);
  });

  it("misses the monitor while containers run and no daemon would start one", async () => {
    const { kubelet, daemon } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("alone"));
    await kubelet.run(pod, "app", "exec sleep 8401");
    await inits("8401");
    await daemon.kill();
    await killAndAwait(monitorOf(daemon));
    const { status, text } = await troupe(bed.place, "check");
    assert.equal(status, 1);
    assert.match(text, /^missing   process   the monitor: 1 containers run without one, .*troupe serve starts it$/m);
    await daemon.start();
    await kubelet.endPod(pod);
  });

  it("mends nothing beside the daemon, and says what to do", async () => {
    const { status, text, complaint } = await troupe(bed.place, "check", "--repair");
    assert.deepEqual([status, text], [3, ""]);
    assert.match(complaint, /^troupe check: another troupe serve runs already: .*daemon\.lock; stop it first, /);
  });

  it("tells usage errors from not being able to look", async () => {
    const statusOf = async (...args: string[]): Promise<number> => (await troupe(bed.place, ...args)).status;
    assert.equal(await statusOf("check", "--mend"), 2);
    assert.equal(await statusOf("check", "-o", "yaml"), 2);
    assert.equal(await statusOf("check", "pods"), 2);
    assert.match((await troupe(undefined, "check", "--help")).text, /^usage: troupe check .*\n[^]*Example/);
    const record = run("container");
    const away = `${record}-away`;
    execFileSync("mv", [record, away]);
    writeFileSync(record, "");
    const { status, complaint } = await troupe(bed.place, "check");
    rmSync(record);
    execFileSync("mv", [away, record]);
    assert.equal(status, 3);
    assert.match(complaint, /^troupe check: ENOTDIR: .*\/run\/container/);
  });
});
