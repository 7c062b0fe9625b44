/** Sessions under way when the daemon or the monitor dies, ends or is replaced: nothing is forgotten, and containers live. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { within } from "../../scripts/slow.ts";
import { askDaemon } from "../../src/cli/daemon.ts";
import { CriError, criClient } from "../../src/grpc/client.ts";
import { endCommand, killAndAwait, monitorOf, processesWith } from "../support/daemon.ts";
import { Holdings, Neighbour } from "../support/holdings.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually, type Pod } from "../support/kubelet.ts";
import type { ClientSideStream, SpdyClient } from "../support/spdy-client.ts";
import { openAttach, openExec, openForward, type Session, type Wanted } from "../support/streaming-client.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const terminal: Wanted = { tty: true, stdin: true };

interface Sessions {
  readonly silent: Session;
  readonly fed: Session;
  readonly terminal: Session;
  readonly attached: Session;
  readonly atTerminal: Session;
  readonly forwarding: SpdyClient;
  readonly forwarded: ClientSideStream;
}

describe("clients before containers", inTestNode, () => {
  let bed: TestBed;
  let pod: Pod;
  let app: string;
  let talker: string;
  let shell: string;
  let holdings: Holdings;
  before(async () => {
    bed = await testBed({ name: "strdeath" });
    const { kubelet } = bed;
    pod = await kubelet.runPod(kubelet.podConfig("pod"));
    app = await kubelet.run(pod, "app", "nc -ll -p 7777 -e cat & sleep 99999; true");
    talker = await kubelet.run(pod, "talker", "exec cat", { stdin: true });
    shell = await kubelet.run(pod, "shell", "exec cat", terminal);
    await tried(await begin("0"));
    await bed.daemon.stop();
    await bed.daemon.start();
    await noneIsLeft("0");
    bed.rebase();
    holdings = await Holdings.of(bed);
  });
  afterEach(async (spec) => {
    if (spec.passed) await holdings.returned();
    await bed.leavesNothing(spec);
  });
  after(async () => {
    await bed.kubelet.endPod(pod);
    await bed.end();
  });

  const exec = async (script: string, wanted: Wanted = {}): Promise<Session> => {
    const session = await openExec(bed.kubelet.cri, app, ["/bin/sh", "-c", `echo begun; ${script}`], wanted);
    await session.prints("begun");
    return session;
  };
  let words = 0;
  /** Types a word of its own until it is heard. */
  const heard = (session: Session): Promise<true> => {
    const word = `word ${++words}`;
    return eventually(word, 10_000, () => {
      session.type(`${word}\n`);
      return session.stdout.includes(word) || undefined;
    });
  };
  const sleeps = (mark: string) => [`sleep 340${mark}1`, `sleep 340${mark}2`] as const;

  const begin = async (mark: string): Promise<Sessions> => {
    const { cri } = bed.kubelet;
    const [first, second] = sleeps(mark);
    const forwarding = await openForward(cri, pod.id);
    return {
      silent: await exec(`exec ${first}`),
      fed: await exec(`while read word; do echo $word; done; exit 3 # ${mark} fed`, { stdin: true }),
      terminal: await exec(`exec ${second}`, terminal),
      attached: await openAttach(cri, talker, { stdin: true }),
      atTerminal: await openAttach(cri, shell, terminal),
      forwarding,
      forwarded: (await forwarding.forward(7777, "1")).data,
    };
  };
  const tried = async ({ fed, attached, atTerminal, forwarding, forwarded }: Sessions): Promise<void> => {
    for (const session of [fed, attached, atTerminal]) await heard(session);
    const had = forwarded.bytes;
    forwarding.send(forwarded, "hello");
    await forwarding.until("the answer", () => forwarded.bytes >= had + 5);
  };
  const close = (sessions: Sessions): void => {
    for (const { client } of [sessions.silent, sessions.fed, sessions.terminal, sessions.attached, sessions.atTerminal])
      client.destroy();
    sessions.forwarding.destroy();
  };
  const noneIsLeft = (mark: string) =>
    eventually(`the end of the commands ${mark}`, 10_000, () => {
      const left = [...sleeps(mark), `${mark} fed`].flatMap((words) => processesWith(words));
      return left.length === 0 || undefined;
    });
  const newOnesWork = async (mark: string): Promise<void> => {
    const sessions = await begin(mark);
    await tried(sessions);
    sessions.fed.endInput();
    assert.equal((await sessions.fed.ended()).code, 3);
    close(sessions);
    // The other one's terminal has hung up.
    await endCommand(sleeps(mark)[0]);
    await noneIsLeft(mark);
  };
  const inits = () => ["nc -ll -p 7777", "sleep 99999"].flatMap((words) => processesWith(words));

  it("lose their sessions with the daemon, killed; its successor ends the commands, and containers, terminals and stdins go on", async () => {
    const sessions = await begin("1");
    await tried(sessions);
    const before = inits();
    await bed.daemon.kill();
    for (const { client } of [sessions.silent, sessions.fed, sessions.terminal, sessions.attached])
      await client.until("its end", () => client.closed);
    await bed.daemon.start();
    await noneIsLeft("1");
    assert.deepEqual(inits(), before);
    await newOnesWork("2");
  });

  it("lose their sessions with a daemon that is told to end, which does so at once and in order", async () => {
    const sessions = await begin("3");
    await tried(sessions);
    const asking = bed.kubelet.exec(app, "sleep", "34033").catch((error: unknown) => error);
    await eventually("its begin", 10_000, () => processesWith("sleep 34033").length > 0 || undefined);
    const begun = performance.now();
    assert.equal(await bed.daemon.stop(), 0);
    const took = performance.now() - begun;
    assert.ok(took < within(3_000), `it took ${took} ms`);
    assert.ok((await asking) instanceof Error);
    await sessions.silent.client.until("its end", () => sessions.silent.client.closed);
    await bed.daemon.start();
    await noneIsLeft("3");
    await eventually("its end", 10_000, () => processesWith("sleep 34033").length === 0 || undefined);
    await newOnesWork("4");
  });

  it("lose their sessions at once with a daemon that is told to end while an ExecSync is under way", async () => {
    const session = await exec("exec sleep 34051");
    const asking = criClient("/run/e2e-strdeath/cri.sock");
    const order: string[] = [];
    const answered = asking
      .call("ExecSync", { container_id: app, cmd: ["sleep", "34052"], timeout: "0" })
      .catch((error: unknown) => error)
      .then((answer) => {
        order.push("answered");
        return answer;
      });
    await eventually("its begin", 10_000, () => processesWith("sleep 34052").length > 0 || undefined);
    const stopped = bed.daemon.stop();
    await session.client.until("its end", () => session.client.closed);
    order.push("session ended");
    assert.ok((await answered) instanceof CriError);
    assert.deepEqual(order, ["session ended", "answered"]);
    assert.equal(await stopped, 0);
    asking.close();
    await bed.daemon.start();
    const words = ["sleep 34051", "sleep 34052"];
    await eventually("their end", 10_000, () => words.every((each) => processesWith(each).length === 0) || undefined);
  });

  it("keep commands and forwards over the monitor's death; who was attached is told, and attaches again", async () => {
    const sessions = await begin("5");
    await tried(sessions);
    const before = inits();
    const back = bed.daemon.line((line) => /monitor-link .* → connected /.test(line));
    await killAndAwait(monitorOf(bed.daemon));
    for (const session of [sessions.attached, sessions.atTerminal])
      assert.match((await session.ended()).told, /monitor went away; the container goes on/);
    await back;
    assert.deepEqual(inits(), before);
    await heard(sessions.fed);
    const { forwarding, forwarded } = sessions;
    const had = forwarded.bytes;
    forwarding.send(forwarded, "still");
    await forwarding.until("the answer", () => forwarded.bytes >= had + 5);
    sessions.fed.endInput();
    const { code, told } = await sessions.fed.ended();
    assert.ok(code === 3 || /exit code of the command is not known/.test(told), told);
    close(sessions);
    await endCommand(sleeps("5")[0]);
    await noneIsLeft("5");
    await newOnesWork("6");
  });

  it("hear of the end of their commands while there is no monitor", async () => {
    const { silent, fed, ...rest } = await begin("7");
    const back = bed.daemon.line((line) => /monitor-link .* → connected /.test(line));
    await killAndAwait(monitorOf(bed.daemon));
    fed.endInput();
    await endCommand(sleeps("7")[0]);
    for (const session of [silent, fed]) {
      const { code, told } = await session.ended();
      assert.ok([3, 137].includes(code) || /not known|lost/.test(told), told);
    }
    await back;
    close({ silent, fed, ...rest });
    await noneIsLeft("7");
  });

  it("keep all that they have over an upgrade of the monitor in place, but for attaches, which are told", async () => {
    const sessions = await begin("8");
    await tried(sessions);
    const neighbour = await Neighbour.in(bed, app);
    await askDaemon(bed.daemon.runDir, "POST", "/monitor/upgrade");
    await neighbour.goesOn();
    await heard(sessions.fed);
    sessions.fed.endInput();
    assert.equal((await sessions.fed.ended()).code, 3);
    await endCommand(sleeps("8")[0]);
    assert.equal((await sessions.silent.ended()).code, 137);
    await neighbour.end();
    close(sessions);
    await noneIsLeft("8");
    await newOnesWork("9");
  });
});
