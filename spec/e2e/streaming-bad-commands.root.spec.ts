/** Commands that cannot begin, or do not end as they should, and clients that do not read what they say. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { endCommand, processesWith } from "../support/daemon.ts";
import { Holdings, Neighbour } from "../support/holdings.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually, type Pod } from "../support/kubelet.ts";
import { openAttach, openExec, openForward } from "../support/streaming-client.ts";
import { crun, runc, testBed, type TestBed } from "../support/test-bed.ts";

const shell = (script: string): readonly string[] => ["/bin/sh", "-c", script];
const programs: Readonly<Record<string, string>> = { crun, runc };
const mostBytes = 16 * 1024 * 1024;

for (const [handler, program] of Object.entries(programs))
  describe(`a command in a container of ${handler}`, inTestNode, () => {
    let bed: TestBed;
    let pod: Pod;
    let app: string;
    let holdings: Holdings;
    let neighbour: Neighbour;
    before(async () => {
      bed = await testBed({ name: `badco-${handler}`, defaultHandler: handler });
      const { kubelet } = bed;
      pod = await kubelet.runPod(kubelet.podConfig("pod"));
      app = await kubelet.run(pod, "app", "sleep 99999; true"); // a shell, which reaps
      neighbour = await Neighbour.in(bed, app);
      await neighbour.goesOn();
      await (await openExec(kubelet.cri, app, ["true"], { tty: true, stdin: true })).ended();
      bed.rebase();
      holdings = await Holdings.of(bed);
    });
    afterEach(async (spec) => {
      await neighbour.goesOn();
      if (spec.passed) await holdings.returned();
      await bed.leavesNothing(spec);
    });
    after(async () => {
      await neighbour.end();
      await bed.kubelet.endPod(pod);
      await bed.end();
    });

    const exec = (script: string, wanted = {}, id = app) => openExec(bed.kubelet.cri, id, shell(script), wanted);
    const execSync = async (script: string, seconds: number, id = app) =>
      bed.kubelet.cri.call("ExecSync", { container_id: id, cmd: shell(script), timeout: String(seconds) });
    const gone = (words: string) =>
      eventually(`the end of ${words}`, 10_000, () => processesWith(words).length === 0 || undefined);
    const oci = (...args: readonly string[]): void =>
      void execFileSync(program, ["--root", `${bed.daemon.runDir}/oci/${handler}`, ...args]);

    it("whose program is not there is named, with a terminal and without, and by ExecSync", async () => {
      for (const wanted of [{}, { tty: true, stdin: true }]) {
        const { code, told } = await (await openExec(bed.kubelet.cri, app, ["/no/such"], wanted)).ended();
        assert.ok(code === -1 && told.includes("/no/such"), told);
      }
      await assert.rejects(bed.kubelet.exec(app, "/no/such"), { message: /\/no\/such/ });
    });

    it("runs while its container is being stopped, and ends with it", async () => {
      const { kubelet } = bed;
      const dying = await kubelet.run(pod, "dying", "trap 'sleep 1; exit 0' TERM; while :; do sleep 0.1; done");
      const before = await exec("echo begun; sleep 32001", {}, dying);
      await before.prints("begun");
      const stopping = kubelet.stop(dying, 10);
      const during = await exec("echo begun; sleep 32002", { tty: true }, dying);
      await during.prints("begun");
      await stopping;
      assert.deepEqual([(await before.ended()).code, (await during.ended()).code], [137, 137]);
      await assert.rejects(kubelet.exec(dying, "true"), { message: /not running/ });
      await kubelet.remove(dying);
    });

    it("ends with its container also where that shares its pod's processes, which end no command", async () => {
      const { kubelet } = bed;
      const linux = { security_context: { namespace_options: { network: 0, pid: 0, ipc: 0 } } };
      const shared = await kubelet.runPod({ ...kubelet.podConfig("shared"), linux });
      const one = await kubelet.run(shared, "one", "exec sleep 32101", { linux });
      const session = await exec("echo begun; exec sleep 32102", {}, one);
      const abandoned = await exec("echo begun; exec sleep 32103", {}, one);
      await Promise.all([session.prints("begun"), abandoned.prints("begun")]);
      abandoned.vanish();
      await kubelet.stop(one, 0);
      assert.equal((await session.ended()).code, 137);
      await gone("sleep 32103");
      await kubelet.endPod(shared);
    });

    it("in a paused container is refused, or waits for no longer than it may", async () => {
      const { kubelet } = bed;
      const paused = await kubelet.run(pod, "paused", "exec sleep 32201");
      oci("pause", paused);
      try {
        const begun = performance.now();
        const { code, told } = await (await exec("true", {}, paused)).ended();
        assert.ok(code === -1 && /paused/.test(told), told);
        await assert.rejects(execSync("true", 2, paused), { message: /paused/ });
        assert.ok(performance.now() - begun < 5_000);
      } finally {
        oci("resume", paused);
      }
      assert.equal(await kubelet.shell(paused, "echo again"), "again");
      await kubelet.stop(paused, 0);
      await kubelet.remove(paused);
    });

    it("for which the container has no process left is told so", async () => {
      const { kubelet } = bed;
      const full = await kubelet.run(pod, "full", "i=0; while [ $i -lt 20 ]; do sleep 32301 & i=$((i+1)); done; wait");
      const init = await eventually("its first process", 10_000, () => processesWith("i=0; while")[0]);
      const cgroup = /^(?:\d+:pids:|0::)(.*)$/m.exec(readFileSync(`/proc/${init}/cgroup`, "utf8"))?.[1];
      const of = (name: string): string =>
        ["/sys/fs/cgroup/pids", "/sys/fs/cgroup"].map((root) => `${root}${cgroup}/${name}`).find(existsSync) ?? "";
      await eventually("all of them", 10_000, () => Number(readFileSync(of("pids.current"))) > 20 || undefined);
      writeFileSync(of("pids.max"), "1");
      // The command itself may be one too many, by its OCI runtime, or the first one that has none left for a child.
      const session = await exec("(true) && echo forked", {}, full);
      const { code, told } = await session.ended();
      assert.ok(code !== 0 && session.stdout === "", told);
      assert.match(session.stderr + told, /fork|clone|temporarily unavailable|pids/i);
      await kubelet.stop(full, 0);
      await kubelet.remove(full);
    });

    it("waits where its client does not read, and nobody else does; and ends with its client", async () => {
      const session = await exec("yes 32401", { tty: true });
      await session.prints("32401");
      session.client.socket.pause();
      const pid = processesWith("yes 32401")[0] ?? 0;
      const ticks = (): string => execFileSync("cut", ["-d ", "-f14,15", `/proc/${pid}/stat`]).toString();
      await eventually("its rest", 10_000, async () => {
        const before = ticks();
        await pause(200);
        return before === ticks() || undefined;
      });
      await neighbour.goesOn();
      session.vanish();
      await gone("yes 32401");
    });

    // In bursts that a client who reads keeps up with, and far more of them than what queues for one that does not.
    const flood = "read go; for n in $(seq 20); do seq 300000; sleep 0.2; done; echo over; exec sleep 32501";
    it("goes on, and its container's log with it, where an attached client does not read: that one is cut off and told", async () => {
      const { kubelet } = bed;
      const id = await kubelet.run(pod, "flood", flood, { stdin: true });
      const [slow, quick] = [await openAttach(kubelet.cri, id), await openAttach(kubelet.cri, id, { stdin: true })];
      await eventually("both", 5_000, () => processesWith("sleep 99999").length > 0 || undefined);
      await pause(200);
      slow.client.socket.pause();
      quick.type("go\n");
      // Of what came last: to look through all of it again and again would make this client a slow one too.
      const heard = () => Buffer.concat(quick.streams["stdout"]?.chunks.slice(-2) ?? []);
      await quick.client.until("the last word", () => heard().includes("over"));
      const log = join(bed.logs, "pod", "flood.log");
      await eventually(
        "its end in the log",
        20_000,
        () => readFileSync(log).subarray(-100).includes("over") || undefined,
      );
      slow.client.socket.resume();
      const { told } = await slow.ended();
      assert.match(told, /has not taken the output in time and was cut off/);
      quick.vanish();
      await kubelet.stop(id, 0);
      await kubelet.remove(id);
    });

    it("that leaves a child with its output ends all the same, within about a second", async () => {
      const begunAt = performance.now();
      const session = await exec("echo out; sleep 32601 & exit 3");
      assert.equal((await session.ended()).code, 3);
      assert.equal(session.stdout, "out\n");
      const { stdout, exit_code } = await execSync("echo out; sleep 32602 & exit 4", 0);
      assert.deepEqual([Buffer.from(stdout).toString(), exit_code], ["out\n", 4]);
      const took = performance.now() - begunAt;
      assert.ok(took < 5_000, `${took} ms`);
      for (const words of ["sleep 32601", "sleep 32602"]) await endCommand(words);
    });

    it("that takes longer than ExecSync allows is killed with its children, and what it had said is told", async () => {
      await assert.rejects(execSync("echo said so far; sleep 32701 & sleep 32702", 1), {
        code: "DEADLINE_EXCEEDED",
        message: /timeout of 1 s; it had printed: "said so far\\n"/,
      });
      for (const words of ["sleep 32701", "sleep 32702"]) assert.deepEqual(processesWith(words), []);
    });

    it("that says more than fits one message is answered with the first of each output, and how much that is", async () => {
      const flood = (letter: string, megabytes: number): string =>
        `head -c ${megabytes << 20} /dev/zero | tr '\\0' ${letter}`;
      const { stdout, stderr, exit_code } = await execSync(`${flood("o", 20)}; ${flood("e", 20)} >&2; exit 5`, 0);
      assert.equal(exit_code, 5);
      assert.ok(stdout.length > mostBytes / 3 && stderr.length > mostBytes / 3, `${stdout.length}, ${stderr.length}`);
      assert.ok(stdout.length + stderr.length <= mostBytes);
      assert.ok(stdout.every((byte) => byte === "o".charCodeAt(0)));
      const text = Buffer.from(stderr).toString();
      assert.match(text, /^e+\ntroupe: [^\n]*cut[^\n]*\d+ bytes[^\n]*\n$/);
      const small = await execSync(`${flood("o", 12)}; echo one >&2`, 0);
      assert.deepEqual([small.stdout.length, Buffer.from(small.stderr).toString()], [12 << 20, "one\n"]);
    });

    it("of a pod that is stopped ends, with forwarded connections into it", async () => {
      const { kubelet } = bed;
      const other = await kubelet.runPod(kubelet.podConfig("other"));
      const id = await kubelet.run(other, "echo", "exec nc -ll -p 7777 -e cat");
      const [session, terminal, attached] = [
        await exec("echo begun; exec cat", { stdin: true }, id),
        await exec("echo begun; exec sleep 32802", { tty: true, stdin: true }, id),
        await openAttach(kubelet.cri, id),
      ];
      await Promise.all([session.prints("begun"), terminal.prints("begun")]);
      const client = await openForward(kubelet.cri, other.id);
      const { data } = await client.forward(7777, "1");
      client.send(data, "hello");
      await client.until("the answer", () => data.text === "hello");
      const unopened = await kubelet.cri.call("PortForward", { pod_sandbox_id: other.id });
      await kubelet.cri.call("StopPodSandbox", { pod_sandbox_id: other.id });
      await client.until("its end", () => data.over);
      assert.deepEqual([(await session.ended()).code, (await terminal.ended()).code], [137, 137]);
      assert.equal((await attached.ended()).code, 0);
      const { error } = await client.forward(7777, "2");
      await client.until("the refusal", () => error.over);
      assert.match(error.text, /not ready/);
      client.destroy();
      await kubelet.cri.call("RemovePodSandbox", { pod_sandbox_id: other.id });
      assert.equal((await fetch(unopened.url)).status, 404);
    });
  });
