import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { handedOn, podAnnotation } from "../../src/vocabulary/pod-annotations.ts";

const older = { "io.kubernetes.cri-o.umask": "077" };

describe("an annotation of a pod", () => {
  it("is obeyed where the handler allows it, in CRI-O's words of today or of before", () => {
    assert.equal(podAnnotation("umask.crio.io", { "umask.crio.io": "022" }, ["umask.crio.io"]), "022");
    assert.equal(podAnnotation("umask.crio.io", older, ["io.kubernetes.cri-o."]), "077");
    assert.equal(podAnnotation("umask.crio.io", older, ["umask.crio.io"]), undefined);
    assert.equal(podAnnotation("umask.crio.io", { "umask.crio.io": "022" }, []), undefined);
  });

  it("for one container comes before that for all", () => {
    const annotations = { "unified-cgroup.crio.io": "all", "unified-cgroup.crio.io/app": "app" };
    const allowed = ["unified-cgroup.crio.io"];
    assert.equal(podAnnotation("unified-cgroup.crio.io", annotations, allowed, "app"), "app");
    assert.equal(podAnnotation("unified-cgroup.crio.io", annotations, allowed, "other"), "all");
  });

  it("for the OCI runtime is handed on only if it is one that runtimes obey and the operator allows", () => {
    const annotations = { "run.oci.keep_original_groups": "1", "org.criu.config": "/c", "shop.example/x": "y" };
    assert.deepEqual(handedOn(annotations, ["run.oci.", "shop.example/"]), { "run.oci.keep_original_groups": "1" });
    assert.deepEqual(handedOn(annotations, []), {});
  });
});
