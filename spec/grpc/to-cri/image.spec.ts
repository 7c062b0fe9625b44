import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { filesystem, image, imageInfo } from "../../../src/grpc/to-cri/image.ts";
import { imageId, imageOf } from "../../support/fake-runtime.ts";

const userOf = (user: string) => {
  const { uid, username } = image(imageOf({ config: { ...imageOf().config, user } }));
  return uid ?? username;
};

describe("an image", () => {
  it("has its id, names, size and pin", () => {
    const { id, repo_tags, repo_digests, size, pinned } = image(imageOf({ pinned: true }));
    assert.deepEqual(
      { id, repo_tags, repo_digests, size, pinned },
      {
        id: imageId("1"),
        repo_tags: ["docker.io/library/nginx:1.27"],
        repo_digests: [`docker.io/library/nginx@${imageId("d")}`],
        size: "12345",
        pinned: true,
      },
    );
  });

  it("has a specification always, which newer kubelets read", () => assert.ok(image(imageOf()).spec));

  it("has its user by number or by name, without the group", () => {
    assert.deepEqual(userOf("1000:2000"), { value: "1000" });
    assert.deepEqual(userOf("0"), { value: "0" });
    assert.deepEqual(userOf("www-data:www"), "www-data");
    assert.deepEqual(userOf(""), "");
  });

  it("comes with its configuration as JSON", () => {
    const config = {
      User: "",
      Env: ["PATH=/bin"],
      Entrypoint: [],
      Cmd: ["nginx"],
      WorkingDir: "/",
      StopSignal: "SIGQUIT",
      Volumes: { "/data": {} },
      Labels: {},
    };
    assert.partialDeepStrictEqual(JSON.parse(imageInfo(imageOf())["info"] ?? ""), { imageSpec: { config } });
  });
});

describe("the images' file system", () => {
  it("has its use in bytes and inodes, with the time of reading", () => {
    assert.deepEqual(filesystem({ mountpoint: "/var/lib/troupe", usedBytes: 0, inodesUsed: 3, atNs: "17" }), {
      timestamp: "17",
      fs_id: { mountpoint: "/var/lib/troupe" },
      used_bytes: { value: "0" },
      inodes_used: { value: "3" },
    });
  });
});
