import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { Draft } from "../../src/grpc/draft.ts";
import type { Mount } from "../../src/grpc/messages/container-config.ts";
import { NamespaceMode } from "../../src/grpc/messages/security.ts";
import { testImage } from "../support/busybox-image.ts";
import { inTestNode } from "../support/in-test-node.ts";
import type { Pod } from "../support/kubelet.ts";
import { pushImage } from "../support/registry.ts";
import { tar } from "../support/tar.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

const layers = [
  [
    { name: "model/weights", content: "below" },
    { name: "model/gone", content: "x" },
    { name: "model/out", type: "2", link: "/../../model" },
    { name: "bin/tool", content: "#!/bin/sh\necho works\n", mode: 0o755 },
  ],
  [
    { name: "model/weights", content: "above" },
    { name: "model/.wh.gone", content: "" },
  ],
] as const;

for (const handler of ["crun", "runc"])
  describe(`an image as a volume, with ${handler}`, inTestNode, () => {
    let bed: TestBed;
    let pod: Pod;
    let image = "";
    let id = "";
    const pull = async (): Promise<string> => (await bed.kubelet.cri.call("PullImage", { image: { image } })).image_ref;
    before(async () => {
      bed = await testBed({ name: `vol-${handler}`, defaultHandler: handler });
      image = `${bed.registry}/data:1`;
      await pushImage(bed.registry, "data", "1", testImage(layers.map((files) => tar(files))));
      id = await pull();
      pod = await bed.kubelet.runPod(bed.kubelet.podConfig("pod"));
      bed.rebase();
    });
    afterEach((spec) => bed.leavesNothing(spec));
    after(async () => {
      await bed.kubelet.endPod(pod);
      await bed.end();
    });
    const volume = (more: Draft<Mount> = {}): Draft<Mount> => ({
      container_path: "/data",
      readonly: true,
      image: { image: id, user_specified_image: image },
      ...more,
    });
    const run = (mounts: Draft<Mount>[]): Promise<string> => bed.kubelet.run(pod, "app", "exec sleep 1111", { mounts });

    it("shows the image's files, which can be read and executed and not be written", async () => {
      const { kubelet } = bed;
      const app = await run([volume()]);
      assert.equal(
        await kubelet.shell(app, "cat /data/model/weights; ls /data/model; /data/bin/tool"),
        "aboveout\nweights\nworks",
      );
      assert.notEqual((await kubelet.exec(app, "touch", "/data/new")).code, 0);
      const { mounts } = await kubelet.status(app);
      assert.equal(mounts.length, 1);
      const [told] = mounts;
      assert.deepEqual([told?.image?.image, told?.image?.image_ref, told?.host_path], [id, id, ""]);
      assert.equal(told?.image?.user_specified_image, image);
      await kubelet.remove(app);
    });

    it("shows a directory or a file of it, and never what lies outside", async () => {
      const { kubelet } = bed;
      const app = await run([
        volume({ image_sub_path: "model" }),
        volume({ container_path: "/file", image_sub_path: "model/weights" }),
        volume({ container_path: "/link", image_sub_path: "model/out", image: { image } }),
      ]);
      assert.equal(await kubelet.shell(app, "cat /data/weights /file /link/weights"), "aboveaboveabove");
      await kubelet.remove(app);
    });

    it("is refused, in the kubelet's word, where image or path are not there", async () => {
      const refused = (more: Draft<Mount>, message: RegExp, code = "UNKNOWN") =>
        assert.rejects(run([volume(more)]), { code, message });
      await refused(
        { image_sub_path: "model/gone" },
        /^ImageVolumeMountFailed: CreateContainer of app in e2e\/pod: "model\/gone" of image/,
      );
      await refused(
        { image: { image: `${bed.registry}/none:1` } },
        /^ImageVolumeMountFailed: image .* is not on this node/,
      );
      await refused({ readonly: false }, /can only be read/, "INVALID_ARGUMENT");
    });

    it("keeps the files of an image that is removed, over the daemon's death, until nobody uses them", async () => {
      const { kubelet, daemon } = bed;
      const app = await run([volume()]);
      await kubelet.cri.call("RemoveImage", { image: { image: id } });
      await daemon.kill();
      await daemon.start();
      assert.equal(await kubelet.shell(app, "cat /data/model/weights"), "above");
      assert.equal((await kubelet.status(app)).mounts[0]?.image?.image, id);
      await kubelet.remove(app);
      assert.equal(await pull(), id);
    });

    if (handler === "crun")
      it("belongs to root of a pod that has users of its own", async () => {
        const { kubelet } = bed;
        const ids = [{ host_id: 200_000, container_id: 0, length: 65_536 }];
        const options = {
          pid: NamespaceMode.CONTAINER,
          userns_options: { mode: NamespaceMode.POD, uids: ids, gids: ids },
        };
        const linux = { security_context: { namespace_options: options } };
        const own = await kubelet.runPod(kubelet.podConfig("own", { linux }));
        const app = await kubelet.run(own, "app", "exec sleep 1111", {
          linux,
          mounts: [volume({ image_sub_path: "model" })],
        });
        assert.equal(await kubelet.shell(app, "stat -c %u /data /data/weights; cat /data/weights"), "0\n0\nabove");
        await kubelet.endPod(own);
      });
  });
