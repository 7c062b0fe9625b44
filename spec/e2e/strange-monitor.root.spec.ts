import assert from "node:assert/strict";
import { existsSync, renameSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { encode } from "../../src/monitor/framing.ts";
import { killAndAwait, monitorOf, processesWith } from "../support/daemon.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually, type Pod } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const counting = "trap 'exit 3' TERM; i=0; while :; do echo $i; i=$((i + 1)); usleep 5000; done";

describe("a monitor that is not as it should be", inTestNode, () => {
  let bed: TestBed;
  let pod: Pod;
  let app: string;
  before(async () => {
    bed = await testBed({ name: "strange" });
  });
  beforeEach(async () => {
    const { kubelet } = bed;
    pod = await kubelet.runPod(kubelet.podConfig("pod"));
    app = await kubelet.run(pod, "app", counting);
  });
  afterEach(async (spec) => {
    await bed.kubelet.endPod(pod);
    rmSync(join(bed.logs, "pod"), { recursive: true });
    await bed.leavesNothing(spec);
  });
  after(() => bed.end());

  const socket = (): string => join(bed.daemon.runDir, "monitor.sock");
  const monitor = (): number => {
    const pids = processesWith(`monitor --run-dir ${bed.daemon.runDir}`);
    assert.equal(pids.length, 1, "one monitor");
    return pids[0]!;
  };
  const notReady = (reason: string, message: RegExp): Promise<void> =>
    eventually(`RuntimeReady false for ${reason}`, 10_000, async () => {
      const { ok, ...said } = await bed.kubelet.isReady("RuntimeReady");
      if (ok || said.reason !== reason || !message.test(said.message)) return undefined;
      return true;
    }).then(() => undefined);
  const ready = (): Promise<unknown> =>
    eventually("RuntimeReady", 20_000, async () => ((await bed.kubelet.isReady("RuntimeReady")).ok ? true : undefined));
  /** Its lines are all there, each once, and it ends with its own code. */
  const endsWhole = async (): Promise<void> => {
    const { kubelet } = bed;
    await kubelet.stop(app, 10);
    assert.equal((await kubelet.exited(app)).exit_code, 3);
    const lines = kubelet.log(pod, "app");
    assert.deepEqual(lines, [...lines.keys()].map(String));
  };
  const another = async (name = "another"): Promise<void> => {
    const { kubelet } = bed;
    const id = await kubelet.run(pod, name, "exit 6");
    assert.equal((await kubelet.exited(id)).exit_code, 6);
  };

  it("stopped: RuntimeReady false with the reason, it is neither killed nor doubled, and all goes on when it does", async () => {
    const { kubelet } = bed;
    const pid = monitor();
    const job = await kubelet.run(pod, "job", "while [ ! -e /go ]; do usleep 5000; done; exit 7");
    process.kill(pid, "SIGSTOP");
    try {
      await notReady(
        "MonitorSilent",
        new RegExp(`^the monitor, process ${pid}, has left a question unanswered for \\d`),
      );
      assert.equal(await kubelet.status(app).then(({ state }) => state), 1);
      const config = kubelet.appConfig("late", "exit 5");
      await assert.rejects(kubelet.create(pod, config, { deadlineMs: 2000 }), {
        code: "DEADLINE_EXCEEDED",
        message:
          /^CreateContainer of late in e2e\/pod: .* is creating\.spawning, it waits for create \(monitor\.create\)/,
      });
      assert.equal(monitor(), pid);
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await ready();
    const late = await kubelet.create(pod, kubelet.appConfig("late", "exit 5"));
    await kubelet.start(late);
    assert.equal((await kubelet.exited(late)).exit_code, 5);
    await kubelet.shell(job, "touch /go");
    assert.equal((await kubelet.exited(job)).exit_code, 7);
    await endsWhole();
    assert.equal(monitor(), pid);
  });

  it("stopped when a daemon starts: it serves without it, says so, and finds it when it goes on", async () => {
    const { kubelet, daemon } = bed;
    const pid = monitor();
    await daemon.kill();
    process.kill(pid, "SIGSTOP");
    try {
      await daemon.start();
      await notReady("MonitorUnreachable", /^there is no connection to the monitor: monitor-link is connecting, /);
      assert.equal((await kubelet.status(app)).state, 1);
      assert.equal(monitor(), pid);
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await ready();
    await another();
    await endsWhole();
    assert.equal(monitor(), pid);
  });

  it("without its socket's file: the next daemon finds it all the same, for it makes another one", async () => {
    const pid = monitor();
    rmSync(socket());
    await eventually("another socket", 5000, () => existsSync(socket()) || undefined);
    await another();
    await bed.daemon.kill();
    await bed.daemon.start();
    await ready();
    assert.equal(monitor(), pid);
    await another("third");
    await endsWhole();
  });
  /** Somebody else listens where the monitor did. */
  const stranger = async (greeting: (socket: Socket) => void, work: () => Promise<void>): Promise<void> => {
    const path = join(bed.place, "logs", "stranger.sock");
    const sockets = new Set<Socket>();
    const server = createServer((one) => {
      sockets.add(one);
      one.on("error", () => {}).on("data", () => greeting(one));
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const pid = monitor();
    process.kill(pid, "SIGSTOP");
    renameSync(path, socket());
    await killAndAwait(pid);
    try {
      await work();
    } finally {
      rmSync(socket());
      server.close();
      for (const one of sockets) one.destroy();
    }
    await ready();
    await another();
    await endsWhole();
    assert.notEqual(monitorOf(bed.daemon), pid);
  };

  const strangers: readonly (readonly [string, (socket: Socket) => void])[] = [
    ["says nothing", () => {}],
    ["says garbage", (one) => void one.write("HTTP/1.1 400 Bad Request\r\n\r\n")],
  ];
  for (const [what, greeting] of strangers)
    it(`its socket taken by one who ${what}: told as such, what runs is served, and the next monitor goes on`, () =>
      stranger(greeting, async () => {
        await notReady("MonitorUnreachable", /: monitor-link is connecting, it waits for connect .*, since \d/);
        assert.equal((await bed.kubelet.status(app)).state, 1);
        assert.equal(monitorOf(bed.daemon), undefined);
      }));

  it("of another age: its words are told, and the next monitor goes on", () => {
    const text =
      "the monitor speaks protocol 8 to 9, this daemon 1 to 2; replace the daemon by a version in between first";
    return stranger(
      (one) => void one.end(encode({ type: "refusal", text })),
      () =>
        notReady("MonitorUnreachable", /last trouble: the monitor speaks protocol 8 to 9, this daemon 1 to 2; replace/),
    );
  });
});
