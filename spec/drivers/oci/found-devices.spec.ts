import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { describe, it } from "node:test";
import type { BundleRequest } from "../../../src/drivers/oci/bundle.ts";
import type { CdiDeviceNode } from "../../../src/drivers/oci/cdi/edits.ts";
import { defaultSettings, type ContainerSettings } from "../../../src/drivers/oci/container-settings.ts";
import { findDevices } from "../../../src/drivers/oci/found-devices.ts";
import { hostPaths } from "../../../src/drivers/oci/host-paths.ts";
import { devices } from "../../../src/drivers/oci/spec/devices.ts";
import { bundleRequest, containerConfig, containerSecurity, containerUser, sandboxConfig } from "./support/builders.ts";

const nodes = async (
  config: Parameters<typeof containerConfig>[0] = {},
  settings: Partial<ContainerSettings> = {},
  {
    cdi = [],
    annotations = {},
    user,
  }: { cdi?: CdiDeviceNode[]; annotations?: Record<string, string>; user?: { uid: number; gid: number } } = {},
) => {
  const request: BundleRequest = bundleRequest({
    config: containerConfig(config),
    sandbox: sandboxConfig({ annotations }),
  });
  const found = await findDevices(request, cdi, { ...defaultSettings, ...settings }, hostPaths());
  return devices(found.devices, undefined, found.cdiNodes, user);
};
const nothing = { hostPath: "/dev/null", containerPath: "/dev/null", permissions: "rwm" };
const at = (path: string, permissions = "rwm") => ({ hostPath: "/dev/zero", containerPath: path, permissions });
const obeying = new Map([["crun", { allowedAnnotations: ["devices.crio.io"] }]]);

describe("devices of a container", () => {
  it("are the pod's, then the node's for all where the pod has nothing at the path", async () => {
    const made = await nodes({ devices: [at("/dev/x", "r")] }, { additionalDevices: [at("/dev/x"), nothing] });
    assert.deepEqual(
      made.nodes.map(({ path, minor }) => [path, minor]),
      [
        ["/dev/x", 5],
        ["/dev/null", 3],
      ],
    );
    assert.deepEqual(
      made.rules.map(({ access }) => access),
      ["rwm", "r", "rwm"],
    );
  });

  it("belong to the pod's user and group where the node says so, and to the host's owners for root", async () => {
    const security = containerSecurity({ user: containerUser({ uid: 1000, gid: 2000 }) });
    const own = (user: object, deviceOwnership: boolean) =>
      nodes({ devices: [nothing], security: { ...security, ...user } }, { deviceOwnership });
    const owners = async (made: ReturnType<typeof own>) => (await made).nodes.map(({ uid, gid }) => [uid, gid]);
    assert.deepEqual(await owners(own({}, true)), [[1000, 2000]]);
    const { uid, gid } = statSync("/dev/null");
    assert.deepEqual(await owners(own({}, false)), [[uid, gid]]);
    assert.deepEqual(await owners(own({ user: containerUser({ uid: 0 }) }, true)), [[uid, gid]]);
  });

  it("may be asked for by annotation, those that the node allows and of a handler that obeys it", async () => {
    const annotations = { "devices.crio.io": "/dev/null:/dev/n:rw,/dev/zero" };
    const settings = { allowedDevices: ["/dev/null", "/dev/zero"], handlers: obeying };
    const made = await nodes({}, settings, { annotations });
    assert.deepEqual(
      made.nodes.map(({ path }) => path),
      ["/dev/n", "/dev/zero"],
    );
    assert.deepEqual((await nodes({}, { ...settings, handlers: new Map() }, { annotations })).nodes, []);
    await assert.rejects(nodes({}, { ...settings, allowedDevices: ["/dev/null"] }, { annotations }), {
      code: "Invalid",
      message: "the pod's annotation asks for /dev/zero, which is not among the node's allowed_devices",
    });
  });

  it("of CDI are looked up on the host where the document does not say what they are", async () => {
    const cdi: CdiDeviceNode[] = [
      { path: "/dev/a", hostPath: "/dev/null", permissions: "rw" },
      { path: "/dev/p", type: "p", permissions: "rwm" },
      { path: "/dev/b", type: "b", major: 7, minor: 1, fileMode: 0o640, uid: 5, gid: 6, permissions: "r" },
    ];
    const made = await nodes({}, {}, { cdi, user: { uid: 1000, gid: 0 } });
    assert.deepEqual(made.nodes, [
      { path: "/dev/a", type: "c", major: 1, minor: 3, fileMode: 0o666, uid: 1000, gid: 0 },
      { path: "/dev/p", type: "p", major: 0, minor: 0, fileMode: 0o666, uid: 1000, gid: 0 },
      { path: "/dev/b", type: "b", major: 7, minor: 1, fileMode: 0o640, uid: 5, gid: 6 },
    ]);
    assert.deepEqual(made.rules.slice(1), [
      { allow: true, type: "c", major: 1, minor: 3, access: "rw" },
      { allow: true, type: "b", major: 7, minor: 1, access: "r" },
    ]);
  });

  it("of CDI take the place of others at their path, and are refused where the host has another kind of thing", async () => {
    const cdi: CdiDeviceNode[] = [{ path: "/dev/x", hostPath: "/dev/null", permissions: "rw" }];
    assert.deepEqual(
      (await nodes({ devices: [at("/dev/x")] }, {}, { cdi })).nodes.map(({ minor }) => minor),
      [3],
    );
    const block: CdiDeviceNode[] = [{ path: "/dev/null", type: "b", permissions: "rw" }];
    await assert.rejects(nodes({}, {}, { cdi: block }), {
      code: "Invalid",
      message: "a CDI device has the node /dev/null, which is no such device on this host",
    });
  });
});
