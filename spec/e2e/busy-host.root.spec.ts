import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { askDaemon } from "../../src/cli/daemon.ts";
import { inTestNode } from "../support/in-test-node.ts";
import type { Pod } from "../support/kubelet.ts";
import { eventually } from "../support/kubelet.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const mount = (...args: readonly string[]): void => void execFileSync("mount", args, { stdio: "pipe" });
const umount = (path: string): void => void execFileSync("umount", [path], { stdio: "pipe" });
const mountStranger = (path: string): void => mount("-t", "tmpfs", "stranger", path);

describe("a host that holds on to what is to go", inTestNode, () => {
  let bed: TestBed;
  let pod: Pod;
  let app: string;
  before(async () => {
    bed = await testBed({ name: "busy" });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(() => bed.end());

  const begin = async (): Promise<void> => {
    const { kubelet } = bed;
    pod = await kubelet.runPod(kubelet.podConfig("pod"));
    app = await kubelet.run(pod, "app", "sleep 60");
  };
  const othersAreServed = async (): Promise<void> => {
    const { kubelet } = bed;
    const other = await kubelet.runPod(kubelet.podConfig("other"));
    const id = await kubelet.run(other, "app", "exit 4");
    assert.equal((await kubelet.exited(id)).exit_code, 4);
    await kubelet.endPod(other);
  };
  /** A process of the host's, in namespaces of its own or with a foot in the container; ends with `work`. */
  const beside = async (command: readonly string[], work: () => Promise<void>, cwd = "/"): Promise<void> => {
    const [program, ...args] = command;
    const child: ChildProcess = spawn(program!, args, { stdio: ["pipe", "pipe", "inherit"], cwd });
    const ended = once(child, "exit");
    // It says that it is there.
    await Promise.race([
      once(child.stdout!, "data"),
      ended.then(() => Promise.reject(new Error(`${command.join(" ")} ended`))),
    ]);
    try {
      await work();
    } finally {
      child.kill("SIGKILL");
      await ended;
    }
  };
  const staying = ["sh", "-c", "echo here; exec cat"];

  /** One cgroup of the container, in whatever hierarchy. */
  const cgroup = (): string => {
    const found = execFileSync("find", ["/sys/fs/cgroup", "-type", "d", "-name", `*${app}*`], { encoding: "utf8" });
    const [first] = found.split("\n");
    assert.ok(first, "the container has a cgroup");
    return first;
  };

  it("a cgroup that cannot be removed: the container stops; its removal says what holds on, and is done when that lets go", async () => {
    const { kubelet } = bed;
    await begin();
    const held = join(cgroup(), "held");
    mkdirSync(held);
    mountStranger(held);
    try {
      await kubelet.stop(app, 0);
      assert.equal((await kubelet.status(app)).exit_code, 137);
      const words = /is removing\.\S+, it waits for (deleteInRuntime|removeCgroup|until)/;
      await assert.rejects(kubelet.cri.call("RemoveContainer", { container_id: app }, { deadlineMs: 2500 }), {
        code: "DEADLINE_EXCEEDED",
        message: new RegExp(`^RemoveContainer of app in e2e/pod: container/${app} ${words.source}`),
      });
      assert.match(((await askDaemon(bed.daemon.runDir, "GET", "/waits")) as string[]).join("\n"), words);
      await othersAreServed();
      await eventually("the words of who failed", 15_000, async () => {
        const waits = (await askDaemon(bed.daemon.runDir, "GET", "/waits")) as string[];
        return waits.some((line) => /last trouble: .*cgroup/.test(line)) || undefined;
      });
    } finally {
      umount(held);
      rmdirSync(held);
    }
    await kubelet.remove(app);
    await kubelet.endPod(pod);
  });

  it("processes that the host's people put into the container's cgroup do not keep it", async () => {
    const { kubelet } = bed;
    await begin();
    const inside = join(cgroup(), "inside");
    mkdirSync(inside);
    await beside(["sh", "-c", `echo $$ > ${inside}/cgroup.procs && echo here; exec cat`], async () => {
      await kubelet.stop(app, 0);
      await kubelet.remove(app);
    });
    assert.ok(!existsSync(inside));
    await kubelet.endPod(pod);
  });

  it("somebody's shell in the container's files, in its memory and in a copy of its mounts does not keep it", async () => {
    const { kubelet, place } = bed;
    await begin();
    const rootfs = join(place, "root", "containers", app, "rootfs");
    const shm = join(place, "run", "sandbox-files", pod.id, "shm");
    await beside(
      staying,
      () =>
        beside(
          staying,
          () =>
            beside(["unshare", "--mount", "--propagation", "private", ...staying], async () => {
              await kubelet.remove(app);
              await kubelet.endPod(pod);
              assert.deepEqual(readdirSync(join(place, "root", "containers")), []);
            }),
          shm,
        ),
      rootfs,
    );
  });

  it("somebody in the pod's network does not keep the pod", async () => {
    const { kubelet } = bed;
    await begin();
    const { info } = await kubelet.cri.call("PodSandboxStatus", { pod_sandbox_id: pod.id, verbose: true });
    const netns = /\/run\/netns\/[\w-]+/.exec(JSON.stringify(info))?.[0];
    assert.ok(netns, JSON.stringify(info));
    await beside(["nsenter", `--net=${netns}`, ...staying], async () => {
      await kubelet.endPod(pod);
      assert.ok(!existsSync(netns));
    });
  });

  it("a stranger's mount in the container's writable layer: its removal says so, and is done when that is gone", async () => {
    const { kubelet, place } = bed;
    await begin();
    const home = join(place, "root", "containers", app);
    const held = join(home, "held");
    mkdirSync(held);
    mountStranger(held);
    try {
      await kubelet.stop(app, 0);
      await assert.rejects(kubelet.cri.call("RemoveContainer", { container_id: app }, { deadlineMs: 2500 }), {
        code: "DEADLINE_EXCEEDED",
        message:
          /^RemoveContainer of app in e2e\/pod: .*last trouble: cannot remove the root filesystem of container \w+: EBUSY: .*\/held/,
      });
      await othersAreServed();
      const removal = kubelet.cri.call("RemovePodSandbox", { pod_sandbox_id: pod.id }, { deadlineMs: 2500 });
      await assert.rejects(removal, { code: "DEADLINE_EXCEEDED", message: /it waits for cleared.*EBUSY: .*\/held/ });
    } finally {
      umount(held);
    }
    await kubelet.remove(app);
    await kubelet.endPod(pod);
  });

  it("a removal that rests after a failure is tried at once when it is asked for again", async () => {
    const { kubelet, place } = bed;
    await begin();
    const held = join(place, "root", "containers", app, "held");
    mkdirSync(held);
    mountStranger(held);
    const remove = (deadlineMs: number): Promise<unknown> =>
      kubelet.cri.call("RemoveContainer", { container_id: app }, { deadlineMs });
    const failures = (): number => bed.daemon.lines.filter((line) => / → removing\.resting /.test(line)).length;
    const resting = async (): Promise<void> => {
      const waits = (await askDaemon(bed.daemon.runDir, "GET", "/waits")) as string[];
      assert.match(waits.join("\n"), /removing\.resting/);
    };
    try {
      // Each try fails at once; the third of them rests for four seconds.
      const before = failures();
      for (let n = 0; failures() < before + 3; n++)
        await assert.rejects(remove(60), { code: "DEADLINE_EXCEEDED" }, `try ${n}`);
      await resting();
    } finally {
      umount(held);
    }
    const begun = performance.now();
    await remove(30_000);
    assert.ok(performance.now() - begun < 2000, "the rest was cut short");
    await kubelet.endPod(pod);
  });
});
