import assert from "node:assert/strict";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { after, afterEach, before, describe, it } from "node:test";
import { crictlInTerminal, endCrictls, runCrictl, startCrictl, withCrictl } from "../support/crictl.ts";
import type { Pod } from "../support/kubelet.ts";
import { freePort, testBed, type TestBed } from "../support/test-bed.ts";

describe("a real crictl", withCrictl, () => {
  let bed: TestBed;
  let pod: Pod;
  let app: string;
  let socket: string;
  before(async () => {
    bed = await testBed({ name: "crictl" });
    const { kubelet } = bed;
    socket = `${bed.place}/cri.sock`;
    pod = await kubelet.runPod(kubelet.podConfig("pod"));
    app = await kubelet.run(pod, "app", "exec sleep 2147483647");
    bed.rebase();
  });
  afterEach((spec) => {
    endCrictls();
    return bed.leavesNothing(spec);
  });
  after(async () => {
    await bed.kubelet.endPod(pod);
    await bed.end();
  });

  it("runs a command by ExecSync, and says how it ended", async () => {
    const good = await runCrictl(socket, ["exec", "--sync", app, "sh", "-c", "echo out; echo err >&2"]);
    // It writes both to its stdout, and ends each with a line's end of its own.
    assert.deepEqual(good, { status: 0, stdout: "out\n\nerr\n\n", stderr: "" });
    const bad = await runCrictl(socket, ["exec", "--sync", app, "sh", "-c", "exit 3"]);
    assert.notEqual(bad.status, 0);
    assert.match(bad.stderr, /exit code 3|exited with 3|\b3\b/);
  });

  for (const transport of ["spdy", "websocket"])
    describe(`over ${transport}`, () => {
      const over = (command: string, ...args: readonly string[]): readonly string[] => [
        command,
        "--transport",
        transport,
        ...args,
      ];

      it("runs a command, whose outputs stay apart and whose exit code arrives", async () => {
        const script = "echo out; echo err >&2; exit 3";
        const { status, stdout, stderr } = await runCrictl(socket, over("exec", app, "sh", "-c", script));
        assert.equal(stdout, "out\n");
        assert.match(stderr, /^err\n/);
        assert.match(stderr, /exit code 3/);
        assert.notEqual(status, 0);
      });

      it("gives a command its stdin, as it is", async () => {
        const input = Array.from({ length: 20_000 }, (_, line) => `line ${line}\n`).join("");
        const reads = ["sh", "-c", `head -c ${input.length}`];
        const { status, stdout, stderr } = await runCrictl(socket, over("exec", "-i", app, ...reads), input);
        assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
        assert.ok(stdout === input, `${stdout.length} of ${input.length} bytes came back`);
      });

      it("sits in a terminal of the container's, which has the size of its own, also after that has changed", async () => {
        const size = { width: 93, height: 31 };
        const terminal = crictlInTerminal(socket, size, ...over("exec", "-i", "-t", app, "sh"));
        await terminal.screen.until("# ");
        terminal.type("stty size; tty\n");
        await terminal.screen.until(/31 93\r\n\/dev\/pts\/\d/);
        terminal.resize({ width: 120, height: 40 });
        terminal.type("until [ \"$(stty size)\" = '40 120' ]; do usleep 10000; done; echo resi''zed\n");
        await terminal.screen.until("resized");
        terminal.type("exit 7\n");
        assert.notEqual(await terminal.ended, 0);
        assert.match(terminal.screen.text, /exit code 7/);
      });

      it("attaches to a container: hears what it says from then on, and tells it something", async () => {
        const { kubelet } = bed;
        const more = { stdin: true };
        const script = 'while read line; do echo "heard $line"; [ "$line" != bye ] || exit 0; done';
        const listener = await kubelet.run(pod, `listener-${transport}`, script, more);
        const attached = startCrictl(socket, ...over("attach", "-i", listener));
        attached.child.stdin?.write("hello\n");
        await attached.stdout.until("heard hello\n");
        attached.child.stdin?.write("bye\n");
        await attached.stdout.until("heard bye\n");
        assert.equal(await attached.ended, 0);
        assert.equal((await kubelet.exited(listener)).exit_code, 0);
        assert.deepEqual(kubelet.log(pod, `listener-${transport}`), ["heard hello", "heard bye"]);
        await kubelet.remove(listener);
      });

      it("attaches to a container's terminal", async () => {
        const { kubelet } = bed;
        const shell = await kubelet.run(pod, "shell", "exec sh", { stdin: true, tty: true });
        const terminal = crictlInTerminal(socket, { width: 80, height: 24 }, ...over("attach", "-i", "-t", shell));
        terminal.type("echo $((6 * 7)) from $(tty)\n");
        await terminal.screen.until(/42 from \/dev\//);
        terminal.type("exit\n");
        assert.equal(await terminal.ended, 0);
        assert.equal((await kubelet.exited(shell)).exit_code, 0);
        await kubelet.remove(shell);
      });

      it("forwards a port: several connections at once, and a refused one that it tells of", async () => {
        const { kubelet } = bed;
        const server = await kubelet.run(
          pod,
          "server",
          "exec nc -ll -p 9000 -e sh -c 'read line; echo you said $line'",
        );
        const local = await freePort();
        const forwarding = startCrictl(
          socket,
          ...over("port-forward", pod.id, `${local}:9000`, `${await freePort()}:9`),
        );
        await forwarding.stdout.until(`Forwarding from 127.0.0.1:${local} -> 9000`);
        const said = await Promise.all(
          Array.from({ length: 8 }, (_, n) => {
            const connection = connect({ port: local, host: "127.0.0.1" });
            connection.write(`number ${n}\n`);
            return text(connection);
          }),
        );
        assert.deepEqual(
          said,
          said.map((_, n) => `you said number ${n}\n`),
        );
        const refused = /Forwarding from 127\.0\.0\.1:(\d+) -> 9\n/.exec(forwarding.stdout.text)?.[1];
        const connection = connect({ port: Number(refused), host: "127.0.0.1" });
        connection.on("error", () => {});
        await forwarding.stderr.until(/error forwarding port 9 to pod .*connection refused/);
        connection.destroy();
        forwarding.child.kill("SIGINT");
        await forwarding.ended;
        await kubelet.stop(server);
        await kubelet.remove(server);
      });
    });
});
