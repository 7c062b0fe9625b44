import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stepsFor, type ToGo } from "../../../src/composition/check/mending.ts";
import type { Part } from "../../../src/vocabulary/index.ts";

const [one, two] = ["a".repeat(64), "b".repeat(64)];
const toGo = (mend: Part, id?: string, what = `/${mend}`): ToGo => ({
  mend,
  what,
  ...(id === undefined ? {} : { id }),
});

describe("the steps of a mending", () => {
  it("end tools and processes before what they use, and give the network back before its namespace", () => {
    const parts: readonly Part[] = [
      ...(["layer", "rootfs", "bundle", "netns", "attachment", "cgroup", "state", "monitorRecord"] as const),
      ...(["sandboxFiles", "shm", "execOutput", "plugin", "command"] as const),
    ];
    assert.deepEqual(
      stepsFor(parts.map((part) => toGo(part, one))).map(({ verb }) => verb),
      [
        ...["settleCommands", "settlePlugins", "end", "clear", "forget", "detach", "unpin"],
        ...["removeSandboxFiles", "unbundle", "unmount", "removeOutput"],
      ],
    );
  });

  it("are made once for each object, with all names by which it was found", () => {
    const steps = stepsFor([
      toGo("rootfs", one, "/c/rootfs"),
      toGo("layer", one, "/c"),
      toGo("layer", two, "/d"),
      toGo("state", one, "/oci/crun/c"),
      toGo("state", one, "/oci/runc/c"),
    ]);
    assert.deepEqual(steps, [
      { verb: "end", id: one, what: ["/oci/crun/c", "/oci/runc/c"] },
      { verb: "unmount", id: one, what: ["/c/rootfs", "/c"] },
      { verb: "unmount", id: two, what: ["/d"] },
    ]);
  });

  it("know a cgroup by its own name, not by the processes in it", () => {
    const steps = stepsFor([toGo("process", one, "pid 7 (sh)"), toGo("cgroup", one, "/troupe/troupe-c")]);
    assert.deepEqual(steps, [{ verb: "clear", id: one, what: ["/troupe/troupe-c"] }]);
  });

  it("leave what nothing says is to go, and what no step removes", () => {
    assert.deepEqual(stepsFor([{ what: "/x", id: one }, toGo("lease", one), toGo("strangeFile")]), []);
  });
});
