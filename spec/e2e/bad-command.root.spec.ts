import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { Signal } from "../../src/grpc/messages/container-config.ts";
import { inTestNode } from "../support/in-test-node.ts";
import type { AppConfig, Pod } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

for (const handler of ["crun", "runc"])
  describe(`commands that do not work, and ends that are not 0, with ${handler}`, inTestNode, () => {
    let bed: TestBed;
    let pod: Pod;
    before(async () => {
      bed = await testBed({ name: `cmd-${handler}`, defaultHandler: handler });
      pod = await bed.kubelet.runPod(bed.kubelet.podConfig("pod"));
      bed.rebase();
    });
    afterEach((spec) => bed.leavesNothing(spec));
    after(async () => {
      await bed.kubelet.endPod(pod);
      await bed.end();
    });

    const refused = async (more: AppConfig, message: RegExp): Promise<void> => {
      const { kubelet } = bed;
      const creation = kubelet.create(pod, kubelet.appConfig("app", "true", more));
      await assert.rejects(creation, { code: "INVALID_ARGUMENT", message });
      assert.deepEqual((await kubelet.cri.call("ListContainers", {})).containers, []);
    };

    it("a command that is not in the image fails its creation, in our words and the runtime's", async () => {
      const words =
        /^CreateContainer of app in e2e\/pod: could not create container "[0-9a-f]{12}": the command is not in the image: .*no-such-program.*not found in \$PATH/;
      await refused({ command: ["no-such-program"] }, words);
    });

    it("a command by its path that is not in the image fails its creation", async () => {
      const words = /: the command .*is not in the image: .*\/opt\/no-such-program.*(not found in \$PATH|no such file)/;
      await refused({ command: ["/opt/no-such-program"] }, words);
    });

    it("a command that is not executable fails its creation", async () => {
      await refused({ command: ["/etc/passwd"] }, /: the command .*is not executable: .*permission denied/i);
    });

    it("a command that is a directory fails its creation", async () => {
      await refused(
        { command: ["/etc"] },
        /^CreateContainer of app in e2e\/pod: could not create container "[0-9a-f]{12}": the command .*: ./,
      );
    });

    it("a command that is no program of this machine ends at once, and its log says why", async () => {
      const { kubelet } = bed;
      const program = join(bed.logs, "program");
      writeFileSync(program, "no program at all", { mode: 0o755 });
      const mounts = [{ container_path: "/program", host_path: program }];
      const id = await kubelet.run(pod, "app", "", { command: ["/program"], mounts });
      const { exit_code, reason } = await kubelet.exited(id);
      assert.deepEqual([exit_code, reason], [1, "Error"]);
      assert.match(kubelet.log(pod, "app").join("\n"), /exec format error/i);
      await kubelet.remove(id);
    });

    it("a working directory that the image does not have is made", async () => {
      const { kubelet } = bed;
      const id = await kubelet.run(pod, "app", "pwd; sleep 60", { working_dir: "/not/there/yet" });
      assert.equal(await kubelet.shell(id, "pwd"), "/not/there/yet");
      await kubelet.remove(id);
    });

    it("exit codes are told as they are", async () => {
      const { kubelet } = bed;
      const expected = [
        [0, "Completed", ""],
        [7, "Error", "ended with code 7"],
        [255, "Error", "ended with code 255"],
      ] as const;
      for (const [code, reason, message] of expected) {
        const id = await kubelet.run(pod, `code-${code}`, `exit ${code}`);
        const status = await kubelet.exited(id);
        assert.deepEqual([status.exit_code, status.reason, status.message], [code, reason, message]);
        assert.ok(BigInt(status.created_at) <= BigInt(status.started_at), "started after it was created");
        assert.ok(BigInt(status.started_at) <= BigInt(status.finished_at), "finished after it was started");
        await kubelet.remove(id);
      }
    });

    it("an end by a signal is 128 and its number", async () => {
      const { kubelet } = bed;
      // The first process of a namespace is not ended by a signal of its own: the stop sends it, from outside.
      const id = await kubelet.run(pod, "deaf", "trap '' TERM; while :; do sleep 1; done");
      await kubelet.stop(id, 1);
      const { exit_code, reason, message } = await kubelet.exited(id);
      assert.deepEqual([exit_code, reason, message], [137, "Error", "ended with signal 9"]);
      await kubelet.remove(id);
    });

    it("the stop signal is the configuration's, and is sent once", async () => {
      const { kubelet } = bed;
      const script =
        "trap 'echo got USR1' USR1; trap 'echo got TERM; exit 9' TERM; echo up; while :; do sleep 0.01; [ -e /over ] && exit 4; done";
      const id = await kubelet.run(pod, "signals", script, { stop_signal: Signal.SIGNAL_SIGUSR1 });
      await kubelet.logged(pod, "signals", "up");
      const stopping = kubelet.stop(id, 20);
      await kubelet.logged(pod, "signals", "got USR1");
      await kubelet.shell(id, "touch /over");
      await stopping;
      assert.equal((await kubelet.exited(id)).exit_code, 4);
      assert.deepEqual(kubelet.log(pod, "signals"), ["up", "got USR1"]);
      await kubelet.remove(id);
    });

    it("an end for memory is OOMKilled", async () => {
      const { kubelet } = bed;
      const linux = { resources: { memory_limit_in_bytes: String(16 << 20) }, security_context: kubelet.security };
      const id = await kubelet.run(pod, "greedy", "head -c 100m /dev/zero | tail", { linux });
      const { exit_code, reason, message } = await kubelet.exited(id);
      assert.deepEqual([exit_code, reason], [137, "OOMKilled"]);
      assert.equal(message, "the kernel killed a process of this container for memory");
      await kubelet.remove(id);
    });

    it("a container that ended in time is not OOMKilled because of an earlier one", async () => {
      const { kubelet } = bed;
      const linux = { resources: { memory_limit_in_bytes: String(16 << 20) }, security_context: kubelet.security };
      const id = await kubelet.run(pod, "modest", "exit 137", { linux });
      const { exit_code, reason } = await kubelet.exited(id);
      assert.deepEqual([exit_code, reason], [137, "Error"]);
      await kubelet.remove(id);
    });

    it("an exec that takes too long is killed with what it started, and told with what it had printed", async () => {
      const { kubelet } = bed;
      const id = await kubelet.run(pod, "app", "sleep 60");
      const cmd = ["/bin/sh", "-c", "echo so far; sleep 4444 & wait"];
      await assert.rejects(kubelet.cri.call("ExecSync", { container_id: id, cmd, timeout: "1" }), {
        code: "DEADLINE_EXCEEDED",
        message: /the command was killed after its timeout of 1 s; it had printed: "so far\\n"$/,
      });
      assert.doesNotMatch(await kubelet.shell(id, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"), /sleep 4444/);
      await kubelet.remove(id);
    });

    it("an exec whose caller leaves is killed", async () => {
      const { kubelet } = bed;
      const id = await kubelet.run(pod, "app", "sleep 60");
      const leaving = new AbortController();
      const call = { container_id: id, cmd: ["/bin/sh", "-c", "touch /begun; exec sleep 4444"] };
      const left = assert.rejects(kubelet.cri.call("ExecSync", call, { signal: leaving.signal }), {
        code: "CANCELLED",
      });
      await kubelet.shell(id, "while [ ! -e /begun ]; do usleep 5000; done");
      leaving.abort();
      await left;
      await kubelet.shell(id, "while grep -q 44[4]4 /proc/[0-9]*/cmdline; do usleep 5000; done 2> /dev/null");
      await kubelet.remove(id);
    });

    it("an exec of what is not there fails in words, and the container runs on", async () => {
      const { kubelet } = bed;
      const id = await kubelet.run(pod, "app", "sleep 60");
      await assert.rejects(kubelet.exec(id, "no-such-program"), {
        message: /: the command .*is not in the image: .*no-such-program/,
      });
      assert.equal(await kubelet.shell(id, "echo on"), "on");
      await kubelet.remove(id);
    });
  });
