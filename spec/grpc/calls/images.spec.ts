import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Failed, Unavailable } from "../../../src/errors.ts";
import { CriError } from "../../../src/grpc/client.ts";
import { fakeRuntime, imageId, imageOf } from "../../support/fake-runtime.ts";
import { serving } from "../serving.ts";

const refusal = (code: string, text: RegExp) => (error: unknown) =>
  error instanceof CriError && error.code === code && text.test(error.message);
const tag = "docker.io/library/nginx:1.27";
const images = [imageOf(), imageOf({ id: imageId("2"), repoTags: [], repoDigests: [] })];

/** A pull that fails so must reach the client as this. */
const pullFails = (error: Error, code: string, text: RegExp): Promise<void> =>
  serving(fakeRuntime({}, { pullImage: () => Promise.reject(error) }), ({ client }) =>
    assert.rejects(client.call("PullImage", { image: { image: tag } }), refusal(code, text)),
  );

const filter = (image: string) => ({ filter: { image: { image } } });

describe("PullImage", () => {
  it("gives the runtime the reference and the credentials, and answers the image's id", async () => {
    const runtime = fakeRuntime();
    await serving(runtime, async ({ client }) => {
      const auth = { username: "u", password: "p", server_address: "registry.local" };
      assert.equal((await client.call("PullImage", { image: { image: tag }, auth })).image_ref, imageId("1"));
      await client.call("PullImage", { image: { image: tag } });
    });
    const auth = {
      username: "u",
      password: "p",
      auth: "",
      serverAddress: "registry.local",
      identityToken: "",
      registryToken: "",
    };
    assert.deepEqual(runtime.asked, [
      ["pullImage", tag, auth],
      ["pullImage", tag, undefined],
    ]);
  });

  it("refuses a reference that is missing, and a handler that is not there", () =>
    serving(fakeRuntime(), async ({ client }) => {
      await assert.rejects(client.call("PullImage", {}), refusal("INVALID_ARGUMENT", /^image is missing$/));
      await assert.rejects(
        client.call("PullImage", { image: {} }),
        refusal("INVALID_ARGUMENT", /^image\.image is empty$/),
      );
      await assert.rejects(
        client.call("PullImage", { image: { image: tag, runtime_handler: "kata" } }),
        refusal("INVALID_ARGUMENT", /"kata"/),
      );
    }));

  it("refuses a token that no header can have, without telling it", () =>
    serving(fakeRuntime(), async ({ client }) => {
      const auth = { registry_token: "secret\nX-Other: header" };
      await assert.rejects(
        client.call("PullImage", { image: { image: tag }, auth }),
        refusal("INVALID_ARGUMENT", /^auth\.registry_token has characters that no token in a header can have$/),
      );
    }));

  it("tells the kubelet its own first words with the code that it reads them by", async () => {
    await pullFails(
      new Unavailable("RegistryUnavailable: registry.local refuses"),
      "UNKNOWN",
      /^RegistryUnavailable: registry\.local/,
    );
    await pullFails(
      new Failed("SignatureValidationFailed: no key fits"),
      "UNKNOWN",
      /^SignatureValidationFailed: no key fits$/,
    );
    await pullFails(new Unavailable("the daemon is starting"), "UNAVAILABLE", /^the daemon is starting$/);
  });
});

describe("ImageStatus", () => {
  it("answers an image, with more for who asks", () =>
    serving(fakeRuntime({ images }), async ({ client }) => {
      const { image, info } = await client.call("ImageStatus", { image: { image: tag } });
      assert.deepEqual([image?.id, info], [imageId("1"), {}]);
      const verbose = await client.call("ImageStatus", { image: { image: imageId("1") }, verbose: true });
      assert.match(verbose.info["info"] ?? "", /^\{"diffIds":\[\],"imageSpec":\{/);
    }));

  it("answers without an image for one that is not there, since an error would keep it from being pulled", () =>
    serving(fakeRuntime({ images }), async ({ client }) =>
      assert.deepEqual(await client.call("ImageStatus", { image: { image: "nowhere" } }), { image: null, info: {} }),
    ));
});

describe("ListImages", () => {
  it("has all without a filter or with an empty one, names or none", () =>
    serving(fakeRuntime({ images }), async ({ client }) => {
      for (const request of [{}, { filter: {} }, { filter: { image: {} } }]) {
        const answer = await client.call("ListImages", request);
        assert.deepEqual(
          answer.images.map(({ id }) => id),
          [imageId("1"), imageId("2")],
        );
      }
    }));

  it("has the one that a filter names, or none, in a stream as well", () =>
    serving(fakeRuntime({ images }), async ({ client }) => {
      assert.equal((await client.call("ListImages", filter(tag))).images.length, 1);
      assert.equal((await client.call("ListImages", filter("nowhere"))).images.length, 0);
      for await (const message of client.stream("StreamImages", filter(tag)))
        assert.equal(message.images[0]?.id, imageId("1"));
    }));

  it("sees a name that the store adds to an image it has", async () => {
    const repoTags = [tag];
    await serving(fakeRuntime({ images: [imageOf({ repoTags })] }), async ({ client }) => {
      await client.call("ListImages", {});
      repoTags.push("docker.io/library/nginx:latest");
      assert.equal((await client.call("ListImages", {})).images[0]?.repo_tags.length, 2);
    });
  });
});

describe("RemoveImage and ImageFsInfo", () => {
  it("remove by name, and never by an empty one", async () => {
    const runtime = fakeRuntime();
    await serving(runtime, async ({ client }) => {
      assert.deepEqual(await client.call("RemoveImage", { image: { image: tag } }), {});
      await assert.rejects(
        client.call("RemoveImage", { image: {} }),
        refusal("INVALID_ARGUMENT", /^image\.image is empty$/),
      );
    });
    assert.deepEqual(runtime.asked, [["removeImage", tag]]);
  });

  it("tell the use of one file system for images and containers", () =>
    serving(fakeRuntime(), async ({ client }) => {
      const { image_filesystems, container_filesystems } = await client.call("ImageFsInfo", {});
      assert.deepEqual(image_filesystems, container_filesystems);
      assert.deepEqual(image_filesystems, [
        {
          timestamp: "1700000000000000007",
          fs_id: { mountpoint: "/var/lib/troupe" },
          used_bytes: { value: "4096" },
          inodes_used: { value: "12" },
        },
      ]);
    }));
});
