import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { annotatedDevices, cdiEdits } from "../../../../src/drivers/oci/cdi/devices.ts";

const yaml = `
cdiVersion: "0.6.0"
kind: vendor.com/gpu
annotations: { who: vendor }
containerEdits:
  env: ["ALL=1"]
  hooks:
    - { hookName: createContainer, path: /bin/true, args: [true, "x"] }
devices:
  - name: "0"
    containerEdits: { deviceNodes: [{ path: /dev/gpu0, hostPath: /dev/null, permissions: rw }], env: [GPU=0] }
  - name: "1"
    containerEdits: { deviceNodes: [{ path: /dev/gpu1, type: u, major: 1, minor: 3, fileMode: 0o600 }], additionalGids: [44, 0] }
`.replace("[true,", '["true",');

describe("CDI devices", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "cdi-"));
    for (const name of ["etc", "run"]) mkdirSync(join(dir, name));
  });
  afterEach(() => rmSync(dir, { recursive: true }));
  const directories = () => [join(dir, "etc"), join(dir, "run"), join(dir, "none")];
  const put = (file: string, content: unknown): void =>
    writeFileSync(join(dir, file), typeof content === "string" ? content : JSON.stringify(content));
  const edits = (...names: string[]) => cdiEdits(names, directories());
  const document = (env: string, more: object = {}) => ({
    cdiVersion: "1.1.0",
    kind: "vendor.com/net",
    devices: [{ name: "a", containerEdits: { env: [env] } }],
    ...more,
  });

  it("are read from YAML: the document's own edits once, before those of each device", () => {
    put("etc/gpu.yaml", yaml);
    assert.deepEqual(edits("vendor.com/gpu=0", "vendor.com/gpu=1", "vendor.com/gpu=0"), {
      env: ["ALL=1", "GPU=0"],
      deviceNodes: [
        { path: "/dev/gpu0", hostPath: "/dev/null", permissions: "rw" },
        { path: "/dev/gpu1", type: "c", major: 1, minor: 3, fileMode: 0o600, permissions: "rwm" },
      ],
      mounts: [],
      hooks: [{ stage: "createContainer", hook: { path: "/bin/true", args: ["true", "x"] } }],
      additionalGids: [44],
    });
  });

  it("are read from JSON, with mounts and a class of cache and memory bandwidth", () => {
    const mounts = [
      { hostPath: "/lib/x", containerPath: "/lib/x", options: ["ro", "bind"] },
      { hostPath: "/a", containerPath: "/b" },
      { hostPath: "tmpfs", containerPath: "/t", type: "tmpfs", options: ["size=1k"] },
    ];
    put("run/net.json", document("A=1", { containerEdits: { mounts, intelRdt: { closID: "fast" } } }));
    const { mounts: made, intelRdt } = edits("vendor.com/net=a");
    assert.deepEqual(made, [
      { source: "/lib/x", destination: "/lib/x", type: "bind", options: ["ro", "bind"] },
      { source: "/a", destination: "/b", type: "bind", options: ["rbind"] },
      { source: "tmpfs", destination: "/t", type: "tmpfs", options: ["size=1k"] },
    ]);
    assert.deepEqual(intelRdt, { closID: "fast" });
  });

  it("of a later directory come before those of an earlier one", () => {
    put("etc/net.json", document("FROM=etc"));
    put("run/net.json", document("FROM=run"));
    assert.deepEqual(edits("vendor.com/net=a").env, ["FROM=run"]);
  });

  it("that two files of one directory have are refused, naming both", () => {
    put("run/one.json", document("A=1"));
    put("run/two.yaml", JSON.stringify(document("A=2")));
    assert.throws(() => edits("vendor.com/net=a"), {
      code: "Invalid",
      message: /is in .*one\.json and in .*two\.yaml/,
    });
  });

  it("that nobody knows are refused with what there is, and with the files that cannot be read", () => {
    put("etc/net.json", document("A=1"));
    put("etc/bad.json", "{");
    put("etc/newer.json", document("A=1", { newField: 1 }));
    assert.throws(() => edits("vendor.com/net=b"), {
      code: "Invalid",
      message:
        /^CDI device "vendor\.com\/net=b" is not known: of vendor\.com\/net there are a in .*etc and .*; is its driver's plugin running\?; files that cannot be used: .*bad\.json: .*; .*newer\.json: it has the unknown field "newField"$/,
    });
    assert.throws(() => edits("vendor.com/gpu=0"), { message: /nothing of vendor\.com\/gpu is there/ });
    assert.throws(() => edits("gpu0"), { code: "Invalid", message: /has no name of the form VENDOR\/CLASS=NAME/ });
  });

  const bad: readonly (readonly [string, object, RegExp])[] = [
    ["a version of the future", { cdiVersion: "2.0.0" }, /it\.cdiVersion is no version of CDI/],
    ["a kind without a class", { kind: "vendor.com" }, /it\.kind is no VENDOR\/CLASS/],
    ["a variable without a value", { containerEdits: { env: ["A"] } }, /it\.containerEdits\.env\[0\] is no NAME=value/],
    [
      "a relative node",
      { containerEdits: { deviceNodes: [{ path: "x" }] } },
      /deviceNodes\[0\]\.path is no absolute path/,
    ],
    ["a hook without a program", { containerEdits: { hooks: [{ hookName: "poststop" }] } }, /hooks\[0\] has no path/],
    ["a device twice", { devices: [{ name: "a" }, { name: "a" }] }, /it has a device twice/],
    [
      "network devices",
      { containerEdits: { netDevices: [{}] } },
      /network devices \(netDevices\), which Troupe does not move/,
    ],
  ];
  for (const [what, more, message] of bad)
    it(`of a document with ${what} are not known, and its fault is told`, () => {
      put("etc/net.json", document("A=1", more));
      assert.throws(() => edits("vendor.com/net=a"), { code: "Invalid", message });
    });

  it("may be asked for by annotations, as before CRI had a field", () => {
    const annotations = { "cdi.k8s.io/plugin_x": "v/c=1, v/c=2", other: "v/c=3" };
    assert.deepEqual(annotatedDevices(annotations), ["v/c=1", "v/c=2"]);
  });
});
