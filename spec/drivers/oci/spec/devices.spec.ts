import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FoundDevice } from "../../../../src/drivers/oci/host-paths.ts";
import { devices } from "../../../../src/drivers/oci/spec/devices.ts";

const node = (path: string, minor = 1): FoundDevice => ({
  path,
  type: "c",
  major: 10,
  minor,
  mode: 0o4660,
  uid: 0,
  gid: 44,
});
const asked = (hostPath: string, containerPath: string, found: FoundDevice[], permissions = "rw") => ({
  ...{ hostPath, containerPath, found, permissions },
});
const denyAll = { allow: false, access: "rwm" };

describe("the devices of a container", () => {
  it("are forbidden but for those that each container has", () => {
    assert.deepEqual(devices([], undefined), { nodes: [], rules: [denyAll] });
  });

  it("are made where the pod wants them, with as much access as it asks for", () => {
    const { nodes, rules } = devices([asked("/dev/a", "/dev/b", [node("/dev/a")])], undefined);
    assert.deepEqual(nodes, [{ path: "/dev/b", type: "c", major: 10, minor: 1, fileMode: 0o660, uid: 0, gid: 44 }]);
    assert.deepEqual(rules, [denyAll, { allow: true, type: "c", major: 10, minor: 1, access: "rw" }]);
  });

  it("are all those below a directory", () => {
    const found = [node("/dev/dri/card0"), node("/dev/dri/by/x", 2)];
    const { nodes } = devices([asked("/dev/dri", "/gpu", found)], undefined);
    assert.deepEqual(
      nodes.map(({ path }) => path),
      ["/gpu/card0", "/gpu/by/x"],
    );
  });

  it("are all of the host's in a privileged container, but for its own console and ptmx", () => {
    const all = [node("/dev/a"), node("/dev/console"), node("/dev/ptmx"), node("/dev/b")];
    const { nodes, rules } = devices([asked("/dev/other", "/dev/a", [node("/dev/other", 9)])], all);
    assert.deepEqual(
      nodes.map(({ path, minor }) => [path, minor]),
      [
        ["/dev/a", 9],
        ["/dev/b", 1],
      ],
    );
    assert.deepEqual(rules, [{ allow: true, access: "rwm" }]);
  });

  it("are refused when there are none, or with other permissions than r, w and m", () => {
    assert.throws(() => devices([asked("/dev/a", "", [])], undefined), {
      code: "Invalid",
      message: /neither a device node/,
    });
    assert.throws(() => devices([asked("/dev/a", "", [node("/dev/a")], "x")], undefined), {
      message: /permissions "x"/,
    });
    assert.throws(() => devices([asked("/dev/a", "", [node("/dev/a")], "")], undefined), { code: "Invalid" });
  });
});
