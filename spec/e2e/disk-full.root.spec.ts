import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { ContainerState } from "../../src/grpc/messages/container.ts";
import type { FakeRegistry } from "../drivers/images/fake-registry.ts";
import { busyboxImage, testImage } from "../support/busybox-image.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { eventually, hostNetwork, type Pod } from "../support/kubelet.ts";
import { withFullRun, withSmallDisk } from "../support/small-disk.ts";
import { stageRegistry, type Staged } from "../support/stage-registry.ts";
import { tar } from "../support/tar.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const mib = 1 << 20;
const image = (content: Buffer): Staged => ({ image: testImage([tar([{ name: "file", content }])]) });

describe("disks that are full", inTestNode, () => {
  let fake: FakeRegistry;
  let bed: TestBed;
  let root: string;
  before(async () => {
    fake = await stageRegistry(
      new Map([
        ["large", image(randomBytes(4 * mib))],
        ["swells", image(Buffer.alloc(64 * mib))],
        ["small", image(randomBytes(1000))],
        ["busybox", { image: busyboxImage() }],
      ]),
    );
    bed = await testBed({ name: "full", registries: [fake.host] });
    root = join(bed.place, "root");
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(async () => {
    await bed.end();
    await fake[Symbol.asyncDispose]();
  });

  const pull = (name: string): Promise<unknown> =>
    bed.kubelet.cri.call("PullImage", { image: { image: `${fake.host}/${name}:tag` } });
  /** What is thrown away goes in the background. */
  const nothingInStore = (): Promise<unknown> =>
    eventually("an empty store", 5000, () => inStore().length === 0 || undefined);
  const inStore = (): string[] =>
    ["tmp", "trash", "layers", "blobs/sha256"].flatMap((place) => readdirSync(join(root, "images", place)));
  const hostPod = (name: string): Promise<Pod> =>
    bed.kubelet.runPod(
      bed.kubelet.podConfig(name, { linux: { security_context: { namespace_options: hostNetwork } } }),
    );
  const nothingListed = async (): Promise<void> => {
    assert.deepEqual((await bed.kubelet.cri.call("ListPodSandbox", {})).items, []);
    assert.deepEqual((await bed.kubelet.cri.call("ListContainers", {})).containers, []);
  };

  it("an image that does not fit is refused in words and leaves nothing, whether packed or unpacked; a smaller one is had", async () => {
    await withSmallDisk(bed.daemon, root, { bytes: 2 * mib }, async () => {
      for (const name of ["large", "swells"]) {
        const words = /no space left|to spare/;
        await assert.rejects(pull(name), { code: "RESOURCE_EXHAUSTED", message: words });
        await nothingInStore();
      }
      await pull("small");
    });
  });

  it("while an image is committed: refused in words, and nothing of it is left", async () => {
    await withSmallDisk(bed.daemon, root, { bytes: 2 * mib }, async (disk) => {
      disk.fill("inodes");
      await assert.rejects(pull("small"), { code: "RESOURCE_EXHAUSTED", message: /space|full/ });
      disk.resize({ inodes: 1000 });
      await nothingInStore();
      await pull("small");
    });
  });

  it("while a container is created: refused with the pod's name and the disk, nothing left, others run; then it can", async () => {
    const { kubelet } = bed;
    await withSmallDisk(bed.daemon, root, { bytes: 16 * mib, inodes: 2000 }, async (disk) => {
      await pull("busybox");
      const pod = await kubelet.runPod(kubelet.podConfig("pod"));
      const more = { image: { image: `${fake.host}/busybox:tag` } };
      const running = await kubelet.run(pod, "running", "sleep 60", more);
      const homes = readdirSync(join(root, "containers"));
      disk.fill("inodes");
      await assert.rejects(kubelet.create(pod, kubelet.appConfig("app", "true", more)), {
        code: "RESOURCE_EXHAUSTED",
        message: /^CreateContainer of app in e2e\/pod: .*no space left on device/i,
      });
      assert.deepEqual(readdirSync(join(root, "containers")), homes);
      assert.equal(await kubelet.shell(running, "echo on"), "on");
      disk.resize({ inodes: 2000 });
      const app = await kubelet.run(pod, "app", "exit 6", more);
      assert.equal((await kubelet.exited(app)).exit_code, 6);
      await kubelet.endPod(pod);
    });
  });

  it("pods stop and go, new ones are refused in words or need no record, and the daemon starts on it", async () => {
    const { kubelet, daemon } = bed;
    await withSmallDisk(daemon, root, { bytes: 16 * mib, inodes: 2000 }, async (disk) => {
      await pull("busybox");
      const more = { image: { image: `${fake.host}/busybox:tag` } };
      const [stopped, removed] = [
        await kubelet.runPod(kubelet.podConfig("stopped")),
        await kubelet.runPod(kubelet.podConfig("removed")),
      ];
      const app = await kubelet.run(stopped, "app", "sleep 60", more);
      await kubelet.run(removed, "app", "sleep 60", more);
      disk.fill("bytes");
      await kubelet.stop(app, 0);
      await kubelet.endPod(removed);
      await daemon.kill();
      await daemon.start();
      assert.equal((await kubelet.status(app)).state, ContainerState.CONTAINER_EXITED);
      await kubelet.endPod(stopped);
      disk.fill("bytes"); // what their ends have freed
      await assert.rejects(
        async () => {
          // The database has pages to spare at first.
          for (let n = 0; n < 200; n++) await kubelet.runPod(kubelet.podConfig(`pod-${n}`));
        },
        {
          code: "RESOURCE_EXHAUSTED",
          message: /^RunPodSandbox of e2e\/pod-\d+: \S+troupe\.db cannot grow: its disk is full$/,
        },
      );
      await kubelet.endPod(await hostPod("host"));
      const { items } = await kubelet.cri.call("ListPodSandbox", {});
      for (const pod of items) await kubelet.endPod(pod);
      await nothingListed();
    });
  });

  it("in /run: new pods are refused in words, what runs is told, stopped and removed", async () => {
    const { kubelet } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const app = await kubelet.run(pod, "app", "sleep 60");
    const job = await kubelet.run(pod, "job", "while [ ! -e /go ]; do usleep 5000; done; exit 5");
    await withFullRun(bed.place, async () => {
      await assert.rejects(kubelet.runPod(kubelet.podConfig("another")), {
        message: /^RunPodSandbox of e2e\/another: .*no space left on device/i,
      });
      await assert.rejects(kubelet.create(pod, kubelet.appConfig("another", "true")), {
        message: /^CreateContainer of another in e2e\/pod: .*no space left on device/i,
      });
      assert.ok((await kubelet.isReady("RuntimeReady")).ok);
      assert.equal((await kubelet.status(app)).state, ContainerState.CONTAINER_RUNNING);
      await kubelet.stop(app, 0);
      assert.equal((await kubelet.status(app)).exit_code, 137);
      await kubelet.remove(app);
      await kubelet.remove(job);
      await kubelet.endPod(pod);
      await nothingListed();
    });
  });

  it("in /run, and the daemon killed: the next one starts on it and knows what was", async () => {
    const { kubelet, daemon } = bed;
    const pod = await kubelet.runPod(kubelet.podConfig("pod"));
    const app = await kubelet.run(pod, "app", "sleep 60");
    await withFullRun(bed.place, async () => {
      await kubelet.stop(app, 0);
      await daemon.kill();
      await daemon.start();
      const { state, exit_code } = await kubelet.status(app);
      assert.deepEqual([state, exit_code], [ContainerState.CONTAINER_EXITED, 137]);
      await kubelet.endPod(pod);
    });
  });
});
