import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { NamespaceMode } from "../../src/grpc/messages/security.ts";
import { inTestNode } from "../support/in-test-node.ts";
import { ids, own, podsWithOwnUsers } from "../support/own-users.ts";
import { testBed, type TestBed } from "../support/test-bed.ts";

describe("a user namespace of a pod's own", inTestNode, () => {
  let bed: TestBed;
  before(async () => {
    bed = await testBed({ name: "users", defaultHandler: "crun" });
  });
  afterEach((spec) => bed.leavesNothing(spec));
  after(() => bed.end());

  const { podOf, run, withPod } = podsWithOwnUsers(() => bed);

  it("tells which mapping it has", () =>
    withPod(async (pod) => {
      const { linux: told } = await bed.kubelet.podStatus(pod);
      assert.deepEqual(told?.namespaces?.options?.userns_options, own);
      const { runtime_handlers: handlers } = await bed.kubelet.cri.call("Status", {});
      assert.deepEqual(
        handlers.map(({ name, features }) => [name, features?.user_namespaces]),
        [
          ["", true],
          ["crun", true],
          ["runc", false],
        ],
      );
    }));

  it("is refused where it cannot be", async () => {
    const { kubelet } = bed;
    const refused = (options: object, message: RegExp, handler = "") =>
      assert.rejects(
        kubelet.runPod(
          kubelet.podConfig("pod", {
            linux: { security_context: { namespace_options: { userns_options: own, ...options } } },
          }),
          { handler },
        ),
        { code: "INVALID_ARGUMENT", message },
      );
    await refused(
      {},
      /the runtime handler "runc" has no pods with a user namespace.*does not map the ids of mounts/,
      "runc",
    );
    await refused(
      { userns_options: { ...own, uids: [...ids, ...ids] } },
      /needs one mapping of users and one of groups/,
    );
    await refused({ userns_options: { ...own, gids: [{ ...ids[0], container_id: 1 }] } }, /maps no id 0/);
    await refused({ userns_options: { ...own, uids: [{ ...ids[0], length: 0 }] } }, /uids\[0\]\.length is 0/);
    for (const mode of [NamespaceMode.CONTAINER, NamespaceMode.TARGET])
      await refused({ userns_options: { mode } }, /userns_options\.mode is [13]/);
    await refused({ pid: NamespaceMode.NODE }, /cannot share the host's processes/);
    await refused({ ipc: NamespaceMode.NODE }, /cannot share the host's ipc/);
    const pod = await podOf();
    const others = { ...own, uids: [{ ...ids[0], host_id: 300_000 }] };
    await assert.rejects(
      run(pod, "true", { linux: { security_context: { namespace_options: { pid: 1, userns_options: others } } } }),
      {
        code: "INVALID_ARGUMENT",
        message: /is not that of its pod/,
      },
    );
    await kubelet.endPod(pod);
  });
});
