/** Clients that leave, or ask for what there is not: nothing of theirs stays, and nobody else notices. */
import assert from "node:assert/strict";
import { closeSync, constants, existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { sizeOfTerminal } from "../../src/drivers/linux/terminal.ts";
import { endCommand, processesWith } from "../support/daemon.ts";
import { Holdings, Neighbour } from "../support/holdings.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually, type Pod } from "../support/kubelet.ts";
import { rawWebSocket } from "../support/raw-websocket.ts";
import { scriptedRuntime, type ScriptedRuntime } from "../support/scripted-runtime.ts";
import { crictlProtocols, SpdyClient, upgradeRequest } from "../support/spdy-client.ts";
import { openAttach, openExec, openForward, type Session } from "../support/streaming-client.ts";
import { runc, testBed, type TestBed } from "../support/test-bed.ts";

const shell = (script: string): readonly string[] => ["/bin/sh", "-c", script];

describe("a client that does not behave", inTestNode, () => {
  let runtime: ScriptedRuntime;
  let bed: TestBed;
  let pod: Pod;
  let app: string;
  let talker: string;
  let holdings: Holdings;
  let neighbour: Neighbour;
  before(async () => {
    runtime = scriptedRuntime("/run/e2e-badcl");
    bed = await testBed({ name: "badcl", handlers: { crun: runtime.path, runc } });
    const { kubelet } = bed;
    pod = await kubelet.runPod(kubelet.podConfig("pod"));
    app = await kubelet.run(pod, "app", "nc -ll -p 7777 -e cat & exec sleep 99999");
    talker = await kubelet.run(pod, "talker", "exec cat", { stdin: true });
    neighbour = await Neighbour.in(bed, app);
    await neighbour.goesOn();
    // Once of each kind: what a daemon opens at first use and keeps is not a client's.
    await (await openExec(kubelet.cri, app, ["true"], { tty: true, stdin: true })).ended();
    (await attach()).vanish();
    const forwarding = await openForward(kubelet.cri, pod.id);
    const { error } = await forwarding.forward(7778, "1");
    await forwarding.until("the refusal", () => error.over);
    forwarding.destroy();
    await pause(1500);
    bed.rebase();
    holdings = await Holdings.of(bed);
  });
  afterEach(async (spec) => {
    runtime.reset();
    await neighbour.goesOn();
    if (spec.passed) await holdings.returned();
    await bed.leavesNothing(spec);
  });
  after(async () => {
    await neighbour.end();
    await bed.kubelet.endPod(pod);
    await bed.end();
  });

  const urlOfExec = async (cmd: readonly string[], more = {}): Promise<string> =>
    (await bed.kubelet.cri.call("Exec", { container_id: app, cmd, stdout: true, stderr: true, ...more })).url;
  const urlOfAttach = async (): Promise<string> =>
    (await bed.kubelet.cri.call("Attach", { container_id: talker, stdin: true, stdout: true, stderr: true })).url;
  const urlOfForward = async (): Promise<string> =>
    (await bed.kubelet.cri.call("PortForward", { pod_sandbox_id: pod.id })).url;
  const exec = (script: string, wanted = {}): Promise<Session> => openExec(bed.kubelet.cri, app, shell(script), wanted);
  let attached = 0;
  /** Before the container, from its next words on. */
  const attach = async (): Promise<Session> => {
    const session = await openAttach(bed.kubelet.cri, talker, { stdin: true });
    const word = `here ${++attached}`;
    await eventually("the first word", 10_000, () => {
      session.type(`${word}\n`);
      return session.stdout.includes(word) || undefined;
    });
    return session;
  };
  const begun = (words: string) =>
    eventually(`the start of ${words}`, 10_000, () => processesWith(words).length > 0 || undefined);
  const gone = (words: string) =>
    eventually(`the end of ${words}`, 10_000, () => processesWith(words).length === 0 || undefined);

  it("leaves before its streams are all open, with exec, attach and port-forward", async () => {
    for (const url of [await urlOfExec(["true"]), await urlOfAttach(), await urlOfForward()]) {
      const protocols = url.includes("portforward") ? ["portforward.k8s.io"] : crictlProtocols;
      (await SpdyClient.open(url, { protocols })).destroy();
    }
    for (const url of [await urlOfExec(["true"]), await urlOfAttach()]) {
      const client = await SpdyClient.open(url);
      await client.command("error", "stdout");
      client.destroy();
    }
    const forwarding = await openForward(bed.kubelet.cri, pod.id);
    await forwarding.stream({ streamtype: "error", port: "7777", requestid: "1" });
    forwarding.destroy();
    // An answer to a client that is gone already.
    for (const url of [await urlOfExec(["true"]), await urlOfAttach(), await urlOfForward()]) {
      const socket = connect(Number(new URL(url).port), "127.0.0.1").on("error", () => {});
      socket.write(upgradeRequest(url, [...crictlProtocols, "portforward.k8s.io"]), () => socket.destroy());
    }
  });

  it("leaves before its command has begun: one at a terminal is hung up, another one goes on all the same", async () => {
    const [waits, go] = [join(bed.logs, "runtime", "pid"), join(bed.logs, "runtime", "go")];
    const slow = `echo $$ > ${waits}; while [ ! -e ${go}-$(cat ${waits}) ]; do sleep 0.01; done`;
    for (const wanted of [{ tty: false }, { tty: false, stdin: true }, { tty: true, stdin: true }]) {
      runtime.on("exec", slow);
      const session = await exec("exec sleep 31001", wanted);
      const pid = await runtime.hanging();
      session.vanish();
      await bed.kubelet.cri.call("Version", {});
      writeFileSync(waits, String(pid));
      writeFileSync(`${go}-${pid}`, "");
      await eventually("the end of the OCI runtime", 10_000, () => !existsSync(`/proc/${pid}`) || undefined);
      runtime.reset();
      if (!wanted.tty) await endCommand("sleep 31001");
      await holdings.returned();
      await gone("sleep 31001");
    }
  });

  it("leaves in the midst of output: a terminal's command ends, another one goes on, its output thrown away", async () => {
    const [terminal, command] = [
      await exec("exec yes 31002", { tty: true, stdin: true }),
      await exec("exec yes 31003", { stdin: true }),
    ];
    await Promise.all([terminal.prints("31002"), command.prints("31003")]);
    terminal.vanish();
    command.vanish();
    await gone("yes 31002");
    await neighbour.goesOn();
    const written = (): string => readFileSync(`/proc/${processesWith("yes 31003")[0]}/io`, "utf8");
    const before = written();
    await eventually("more of its words", 5_000, () => written() !== before || undefined);
    await endCommand("yes 31003");
  });

  it("leaves over WebSocket in the midst of output", async () => {
    const raw = await rawWebSocket(
      await urlOfExec(["yes", "31004"], { tty: true, stderr: false }),
      "v5.channel.k8s.io",
    );
    raw.socket.resume();
    await begun("yes 31004");
    raw.socket.destroy();
    await gone("yes 31004");
  });

  it("leaves after the end of its stdin, while the command still runs", async () => {
    const session = await exec("cat; exec sleep 31005", { stdin: true });
    session.type("word");
    session.endInput();
    await begun("sleep 31005");
    await session.prints("word");
    session.vanish();
    await begun("sleep 31005"); // still; in the midst of its execve a process has no command line
    await endCommand("sleep 31005");
  });

  it("leaves when the command has ended and the last of its output is on its way", async () => {
    for (const wanted of [{}, { tty: true }]) {
      const session = await exec("head -c 3000000 /dev/zero; exec sleep 0.01", wanted);
      session.client.socket.pause();
      await pause(300);
      session.vanish();
      await gone("head -c 3000000");
      await holdings.returned();
    }
  });

  it("leaves an attach in the midst, while the container goes on and is heard by others", async () => {
    const [one, two] = [await attach(), await attach()];
    one.type("to both\n");
    await Promise.all([one.prints("to both"), two.prints("to both")]);
    one.type("x".repeat(100_000));
    one.vanish();
    const three = await attach();
    three.type("\nagain\n");
    await two.prints("again");
    for (const session of [two, three]) session.vanish();
  });

  it("leaves a forwarded connection in the midst, and half-closed", async () => {
    const client = await openForward(bed.kubelet.cri, pod.id);
    const streaming = await client.forward(7777, "1");
    const halfClosed = await client.forward(7777, "2");
    client.send(streaming.data, "x".repeat(200_000));
    client.send(halfClosed.data, "last");
    client.end(halfClosed.data);
    await client.until("some of it", () => streaming.data.bytes > 0 && halfClosed.data.bytes > 0);
    client.destroy();
  });

  it("asks for ports that there are not, on a connection that goes on", async () => {
    const client = await openForward(bed.kubelet.cri, pod.id);
    for (const port of ["0", "65536", "-1", "http", ""]) {
      const stream = await client.stream({ streamtype: "error", port, requestid: `bad ${port}` });
      assert.ok(stream.reset !== undefined, `port ${port}`);
    }
    const { error } = await client.forward(7779, "closed");
    await client.until("the refusal", () => error.over);
    assert.match(error.text, /7779.*refused/);
    const { data } = await client.forward(7777, "good");
    client.send(data, "hello");
    await client.until("the answer", () => data.text === "hello");
    client.destroy();
    for (const port of [0, 65536, -1])
      await assert.rejects(bed.kubelet.cri.call("PortForward", { pod_sandbox_id: pod.id, port: [port] }), {
        code: "INVALID_ARGUMENT",
      });
  });

  it("says that its terminal has no size, or the largest, or none that can be", async () => {
    const session = await exec("exec sleep 31006", { tty: true, stdin: true });
    await begun("sleep 31006");
    const terminal = openSync(`/proc/${processesWith("sleep 31006")[0]}/fd/0`, constants.O_RDWR | constants.O_NOCTTY);
    const becomes = (width: number, height: number) =>
      eventually(`${width} columns`, 5_000, () => {
        const size = sizeOfTerminal(terminal);
        return (size.width === width && size.height === height) || undefined;
      });
    try {
      session.resize(80, 24);
      await becomes(80, 24);
      session.resize(0, 0);
      session.resize(65_535, 65_535);
      await becomes(65_535, 65_535);
      session.resize(0, 0);
      session.resize(65_536, -1);
      await neighbour.goesOn();
      await becomes(65_535, 65_535);
    } finally {
      closeSync(terminal);
    }
    await endCommand("sleep 31006");
    assert.equal((await session.ended()).code, 137);
  });
});
