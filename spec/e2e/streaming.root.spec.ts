/** Into a container and out of it: exec, attach and port-forward of the whole daemon, by a client over SPDY. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { logLines } from "../../scripts/demo/witness.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually, type Pod } from "../support/kubelet.ts";
import { exchange, upgradeRequest, crictlProtocols } from "../support/spdy-client.ts";
import { openAttach, openExec, openForward } from "../support/streaming-client.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const shell = (script: string): readonly string[] => ["/bin/sh", "-c", script];

for (const handler of ["crun", "runc"])
  describe(`a client before a container of ${handler}`, inTestNode, () => {
    let bed: TestBed;
    let pod: Pod;
    let app: string;
    before(async () => {
      bed = await testBed({ name: `str-${handler}`, defaultHandler: handler });
      pod = await bed.kubelet.runPod(bed.kubelet.podConfig("pod"));
      app = await bed.kubelet.run(pod, "app", "exec sleep 99999", {
        envs: [{ key: "COLOUR", value: Buffer.from("blue") }],
      });
      bed.rebase();
    });
    afterEach((spec) => bed.leavesNothing(spec));
    after(async () => {
      await bed.kubelet.endPod(pod);
      await bed.end();
    });
    const exec = (script: string, wanted = {}) => openExec(bed.kubelet.cri, app, shell(script), wanted);
    const runs = async (what: string): Promise<boolean> =>
      (await bed.kubelet.exec(app, ...shell(`grep -l "^${what.replace(" ", ".")}" /proc/[0-9]*/cmdline`))).code === 0;
    const begun = (what: string) =>
      eventually(`the start of ${what}`, 10_000, async () => (await runs(what)) || undefined);
    const gone = (what: string) =>
      eventually(`the end of ${what}`, 10_000, async () => !(await runs(what)) || undefined);

    it("gets both outputs of a command whole, and its exit code", async () => {
      const session = await exec("echo out $COLOUR; echo err >&2; seq 20000; exit 7");
      assert.equal((await session.ended()).code, 7);
      const lines = session.stdout.trimEnd().split("\n");
      assert.deepEqual([lines[0], lines[1], lines.at(-1), lines.length], ["out blue", "1", "20000", 20_001]);
      assert.equal(session.stderr, "err\n");
      assert.equal((await (await exec("kill -9 $$")).ended()).code, 137);
    });

    it("feeds a command until it ends its stdin", async () => {
      const session = await exec("cat; echo over", { stdin: true });
      session.type("one\n");
      await session.prints("one\n");
      session.type("two\n");
      session.endInput();
      assert.equal((await session.ended()).code, 0);
      assert.equal(session.stdout, "one\ntwo\nover\n");
    });

    it("sits at a terminal that has its size, before and after it is resized", async () => {
      const session = await openExec(bed.kubelet.cri, app, ["/bin/sh"], { tty: true, stdin: true });
      session.resize(80, 24);
      session.type("stty size; test -t 0 && echo $TERM\n");
      await session.prints("24 80");
      await session.prints("xterm");
      session.resize(132, 43);
      session.type("stty size\n");
      await session.prints("43 132");
      session.type("exit 5\n");
      assert.equal((await session.ended()).code, 5);
    });

    it("that vanishes hangs its terminal up, and leaves a command without one alone", async () => {
      const terminal = await exec("sleep 11111", { tty: true, stdin: true });
      const command = await exec("sleep 22222; true");
      await begun("sleep 11111");
      await begun("sleep 22222");
      terminal.vanish();
      command.vanish();
      await gone("sleep 11111");
      assert.ok(await runs("sleep 22222"));
      await bed.kubelet.shell(app, "kill $(grep -l '^sleep.22222' /proc/[0-9]*/cmdline | cut -d/ -f3)");
    });

    it("runs several commands at once, and each has its own output", async () => {
      const sessions = await Promise.all(Array.from({ length: 8 }, (_, n) => exec(`sleep 0.1; echo ${n}; exit ${n}`)));
      const ended = await Promise.all(sessions.map((session) => session.ended()));
      assert.deepEqual(
        ended.map(({ code }) => code),
        [0, 1, 2, 3, 4, 5, 6, 7],
      );
      assert.deepEqual(
        sessions.map(({ stdout }) => stdout),
        ["0\n", "1\n", "2\n", "3\n", "4\n", "5\n", "6\n", "7\n"],
      );
    });

    it("is told in words of a command that is not there", async () => {
      const session = await openExec(bed.kubelet.cri, app, ["/no/such/program"]);
      const { code, told } = await session.ended();
      assert.ok(code === -1 && told.includes("/no/such/program"), told);
    });

    it("has its commands ended by the container's stop", async () => {
      const other = await bed.kubelet.run(pod, "other", "exec sleep 33333");
      const session = await openExec(bed.kubelet.cri, other, shell("echo begun; sleep 44444"));
      await session.prints("begun");
      await bed.kubelet.stop(other, 0);
      assert.equal((await session.ended()).code, 137);
      await bed.kubelet.remove(other);
    });

    it("opens a URL once, and none of a container that is gone", async () => {
      const request = { container_id: app, cmd: ["true"], stdout: true };
      const { url } = await bed.kubelet.cri.call("Exec", request);
      const first = await exchange(url, upgradeRequest(url, crictlProtocols));
      const second = await exchange(url, upgradeRequest(url, crictlProtocols));
      assert.deepEqual([first.status, second.status], [101, 404]);
      for (const { socket } of [first, second]) socket.destroy();
      const other = await bed.kubelet.run(pod, "other", "exec sleep 33333");
      const { url: late } = await bed.kubelet.cri.call("Exec", { ...request, container_id: other });
      await bed.kubelet.stop(other, 0);
      await bed.kubelet.remove(other);
      const answer = await exchange(late, upgradeRequest(late, crictlProtocols));
      assert.equal(answer.status, 404);
      answer.socket.destroy();
    });

    it("reads along with others what the container writes from now on, and writes to its stdin", async () => {
      const { kubelet } = bed;
      const id = await kubelet.run(pod, "cat", "echo early; (while :; do sleep 0.1; echo tick; done) & exec cat", {
        stdin: true,
      });
      const words = (lines: readonly string[]) => lines.filter((line) => line !== "tick" && line !== "");
      await kubelet.logged(pod, "cat", "early");
      const [one, two] = [await openAttach(kubelet.cri, id, { stdin: true }), await openAttach(kubelet.cri, id)];
      await Promise.all([one.prints("tick"), two.prints("tick")]);
      one.type("hello\n");
      await Promise.all([one.prints("hello"), two.prints("hello")]);
      one.vanish();
      const three = await openAttach(kubelet.cri, id, { stdin: true });
      three.type("again\n");
      await two.prints("again");
      assert.deepEqual(words(two.stdout.split("\n")), ["hello", "again"]);
      await kubelet.stop(id, 0);
      assert.deepEqual([(await two.ended()).code, (await three.ended()).code], [0, 0]);
      assert.deepEqual(words(kubelet.log(pod, "cat")), ["early", "hello", "again"]);
      await kubelet.remove(id);
    });

    it("ends the container's stdin with its own, where that is wanted (stdin_once)", async () => {
      const { kubelet } = bed;
      const id = await kubelet.run(pod, "once", "cat; echo over", { stdin: true, stdin_once: true });
      const session = await openAttach(kubelet.cri, id, { stdin: true });
      session.type("word\n");
      session.endInput();
      assert.equal((await session.ended()).code, 0);
      assert.equal(session.stdout, "word\nover\n");
      assert.equal((await kubelet.exited(id)).exit_code, 0);
      await kubelet.remove(id);
    });

    it("sits at a container's terminal, which lives on when it leaves", async () => {
      const { kubelet } = bed;
      const id = await kubelet.run(pod, "tty", "exec sh -i", { tty: true, stdin: true });
      const first = await openAttach(kubelet.cri, id, { tty: true, stdin: true });
      first.resize(100, 30);
      first.type("stty size\n");
      await first.prints("30 100");
      first.vanish();
      const second = await openAttach(kubelet.cri, id, { tty: true, stdin: true });
      second.type("echo $((6 * 7))\n");
      await second.prints("42");
      second.type("exit 3\n");
      assert.equal((await second.ended()).code, 0);
      assert.equal((await kubelet.exited(id)).exit_code, 3);
      assert.match(readFileSync(join(bed.logs, "pod", "tty.log"), "utf8"), / stdout F 42\r\n/);
      await kubelet.remove(id);
    });

    it("talks to ports inside of the pod, many at once, and is told of one that nobody listens at", async () => {
      const { kubelet } = bed;
      const id = await kubelet.run(pod, "echo", "exec nc -ll -p 7777 -e cat");
      await eventually("the listener", 10_000, async () =>
        (await kubelet.exec(id, "sh", "-c", "netstat -ltn | grep 7777")).code === 0 ? true : undefined,
      );
      const client = await openForward(kubelet.cri, pod.id);
      const pairs: Awaited<ReturnType<typeof client.forward>>[] = [];
      for (let n = 0; n < 5; n++) pairs.push(await client.forward(7777, `c${n}`));
      for (const [n, { data }] of pairs.entries()) {
        client.send(data, `message ${n}`);
        client.end(data);
      }
      await client.until("all answers", () => pairs.every(({ data }, n) => data.text === `message ${n}` && data.over));
      const { error } = await client.forward(7778, "nobody");
      await client.until("the refusal", () => error.over);
      assert.match(error.text, /7778.*refused/);
      client.destroy();
      await kubelet.stop(id, 0);
      await kubelet.remove(id);
    });

    it("has the log go on in a new file after a rotation, with no line lost or doubled", async () => {
      const { kubelet } = bed;
      const id = await kubelet.run(pod, "count", "for i in $(seq 3000); do echo $i; done; sleep 1000");
      const path = join(bed.logs, "pod", "count.log");
      await eventually("the log", 10_000, () => existsSync(path) || undefined);
      renameSync(path, `${path}.1`);
      await kubelet.cri.call("ReopenContainerLog", { container_id: id });
      const lines = () => [...logLines(`${path}.1`), ...logLines(path)];
      await eventually("the last line", 10_000, () => lines().includes("3000") || undefined);
      assert.deepEqual(
        lines(),
        Array.from({ length: 3000 }, (_, n) => String(n + 1)),
      );
      await kubelet.stop(id, 0);
      await assert.rejects(kubelet.cri.call("ReopenContainerLog", { container_id: id }), /not running/);
      await kubelet.remove(id);
    });
  });
