import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ContainerState } from "../../../src/grpc/messages/container.ts";
import { Signal } from "../../../src/grpc/messages/container-config.ts";
import { container, containerInfo, containerStatus } from "../../../src/grpc/to-cri/container.ts";
import type { ContainerView } from "../../../src/vocabulary/index.ts";
import { containerConfigOf, containerView, imageId, imageOf, sandboxId } from "../../support/fake-runtime.ts";

const at = "1700000000000000009";
const statusOf = (more: Partial<ContainerView>) => containerStatus(containerView(more), undefined);

const endOf = (more: Partial<ContainerView>) => {
  const { exit_code, reason, message } = statusOf({ state: "exited", ...more });
  return [exit_code, reason, message];
};

describe("a container in a list", () => {
  it("has its identity, its image and its labels as they came", () => {
    const entry = container(containerView());
    assert.equal(entry.pod_sandbox_id, sandboxId("5"));
    assert.deepEqual(entry.metadata, { name: "server", attempt: 2 });
    assert.equal(entry.image_id, imageId("1"));
    assert.equal(entry.created_at, "1700000000000000002");
    assert.deepEqual(entry.labels, { app: "web", tier: "front" });
    assert.deepEqual(entry.annotations, { note: "as it came" });
  });
});

describe("a container's status", () => {
  it("has the state of its view", () => {
    const states = (["created", "running", "exited", "unknown"] as const).map((state) => statusOf({ state }).state);
    assert.deepEqual(states, [
      ContainerState.CONTAINER_CREATED,
      ContainerState.CONTAINER_RUNNING,
      ContainerState.CONTAINER_EXITED,
      ContainerState.CONTAINER_UNKNOWN,
    ]);
  });

  it("names the image as the pod did, if that is a name of it", () => {
    const tagged = imageOf({ repoTags: ["docker.io/library/nginx:latest", "docker.io/library/nginx:1.27"] });
    assert.equal(containerStatus(containerView(), tagged).image?.image, "docker.io/library/nginx:1.27");
  });

  it("names the image by any name that it has, else as it was asked for", () => {
    const config = containerConfigOf({ image: { image: imageId("1") } });
    const other = imageOf({ repoTags: ["registry.local/app:2"] });
    assert.equal(containerStatus(containerView({ config }), other).image?.image, "registry.local/app:2");
    assert.equal(containerStatus(containerView({ config }), undefined).image?.image, imageId("1"));
    assert.equal(statusOf({}).image?.image, "nginx:1.27");
  });

  it("has mounts with the container's paths as they were given", () => {
    const mount = {
      container_path: "/data/./x/",
      host_path: "/h",
      readonly: true,
      propagation: 2,
      recursive_read_only: false,
      selinux_relabel: false,
    };
    assert.deepEqual(statusOf({ config: containerConfigOf({ mounts: [mount] }) }).mounts, [mount]);
  });

  it("has resources as given", () => {
    const config = containerConfigOf({
      linux: { resources: { cpu_shares: "2", unified: { "memory.oom.group": "1" } } },
    });
    const { linux } = statusOf({ config }).resources ?? {};
    assert.equal(linux?.cpu_shares, "2");
    assert.deepEqual(linux?.unified, { "memory.oom.group": "1" });
  });

  it("has the user that it runs as, and the signal that stops it", () => {
    const status = statusOf({});
    assert.deepEqual(status.user?.linux, { uid: "101", gid: "102", supplemental_groups: ["102", "3000"] });
    assert.equal(status.stop_signal, Signal.SIGNAL_SIGQUIT);
  });

  it("has its times, and none that has not come", () => {
    const { started_at, finished_at } = statusOf({});
    assert.deepEqual([started_at, finished_at], ["1700000000000000003", undefined]);
    const ended = statusOf({ state: "exited", exit: { at, oomKilled: false, code: 0 } });
    assert.equal(ended.finished_at, at);
  });
});

describe("the end of a container", () => {
  it("is nothing while it lives", () => assert.deepEqual(endOf({ state: "running" }), [0, "", ""]));
  it("by code 0 is Completed", () =>
    assert.deepEqual(endOf({ exit: { at, oomKilled: false, code: 0 } }), [0, "Completed", ""]));
  it("by another code is an Error", () =>
    assert.deepEqual(endOf({ exit: { at, oomKilled: false, code: 7 } }), [7, "Error", ""]));
  it("by a signal is 128 and its number", () =>
    assert.deepEqual(endOf({ exit: { at, oomKilled: false, signal: 15 } }), [143, "Error", ""]));
  it("for memory is OOMKilled, whatever else is said", () =>
    assert.deepEqual(endOf({ exit: { at, oomKilled: true, signal: 9 }, reason: "Error" }), [137, "OOMKilled", ""]));
  it("keeps the reason of its view", () =>
    assert.deepEqual(
      endOf({ exit: { at, oomKilled: false, code: 127 }, reason: "StartError", message: "no such file" }),
      [127, "StartError", "no such file"],
    ));
  it("that nobody saw is 255 and Unknown, with what is known", () =>
    assert.deepEqual(
      endOf({ exit: { at, oomKilled: false, unknown: "daemon and monitor were both down" }, reason: "Error" }),
      [255, "Unknown", "nobody could tell how it ended: daemon and monitor were both down"],
    ));
  it("without any exit is never 0", () => {
    assert.deepEqual(endOf({}), [255, "Unknown", ""]);
    assert.deepEqual(endOf({ state: "unknown", exit: { at, oomKilled: false, code: 0 } }), [255, "Unknown", ""]);
  });
  it("of one that could not start is 128", () =>
    assert.deepEqual(endOf({ reason: "StartError", message: "m" }), [128, "StartError", "m"]));
});

describe("what is told of a container besides", () => {
  it("is a JSON object with its sandbox and pid, and nothing that may be secret", () => {
    const config = containerConfigOf({
      envs: [{ key: "PASSWORD", value: Buffer.from("hush") }],
      args: ["--token=hush"],
    });
    const text = containerInfo(containerView({ config }))["info"] ?? "";
    assert.match(text, /^\{/);
    assert.doesNotMatch(text, /hush/);
    assert.partialDeepStrictEqual(JSON.parse(text), { sandboxID: sandboxId("5"), pid: 4711, lifecycle: "running" });
  });
});
