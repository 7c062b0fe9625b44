import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { bundles } from "../../../src/drivers/oci/bundle-directory.ts";
import { infraBundles } from "../../../src/drivers/oci/infra-bundle.ts";
import { bundlesContract } from "./bundles.contract.ts";
import { bundleRequest, host, sandboxId } from "./support/builders.ts";

const place = () => {
  const dir = mkdtempSync(join(tmpdir(), "troupe-bundles-"));
  const at = (...names: readonly string[]): string => join(dir, ...names);
  mkdirSync(at("rootfs/etc"), { recursive: true });
  writeFileSync(at("mountinfo"), "1 0 8:1 / / rw - ext4 /dev/vda rw\n");
  writeFileSync(at("catatonit"), "a program");
  const options = { bundleDir: at("bundles"), host: host() };
  return {
    at,
    containers: bundles({ ...options, mountinfo: at("mountinfo") }),
    infra: (program = at("catatonit")) => infraBundles({ ...options, dir: at("infra"), program }),
    remove: () => rmSync(dir, { recursive: true }),
  };
};

bundlesContract("bundles as directories", () => {
  const { at, containers, infra, remove } = place();
  const names = (...path: readonly string[]): readonly string[] =>
    existsSync(at(...path)) ? readdirSync(at(...path)) : [];
  return {
    bundles: containers,
    infraBundles: infra(),
    request: (id) => bundleRequest({ id, rootfs: at("rootfs") }),
    left: () => names("bundles").toSorted(),
    execs: (id) => names("bundles", id).filter((name) => name.startsWith("exec-")).length,
    dispose: remove,
  };
});

describe("the bundle of an infra process", () => {
  const request = { id: sandboxId("s1"), namespaces: { ipc: "/run/ns/ipc" }, cgroupsPath: "/troupe/troupe-s1" };

  it("runs the program and nothing else, in the pod's namespaces and one of processes", () => {
    const { at, infra, remove } = place();
    chmodSync(at("catatonit"), 0o600);
    infra().write(request);
    const spec = JSON.parse(readFileSync(at("bundles/s1/config.json"), "utf8")) as {
      readonly root: { readonly path: string; readonly readonly: boolean };
      readonly process: { readonly args: readonly string[]; readonly capabilities: object };
      readonly linux: { readonly namespaces: readonly unknown[]; readonly cgroupsPath: string };
    };
    assert.deepEqual(spec.process.args, ["/infra", "-P"]);
    assert.ok(Object.values(spec.process.capabilities).every((list: readonly unknown[]) => list.length === 0));
    assert.deepEqual(spec.linux.namespaces, [{ type: "mount" }, { type: "pid" }, { type: "ipc", path: "/run/ns/ipc" }]);
    assert.equal(spec.linux.cgroupsPath, request.cgroupsPath);
    assert.equal(spec.root.readonly, true);
    assert.equal(readFileSync(join(spec.root.path, "infra"), "utf8"), "a program");
    assert.equal(statSync(join(spec.root.path, "infra")).mode & 0o777, 0o555);
    assert.equal(statSync(at("bundles/s1/config.json")).mode & 0o777, 0o600);
    remove();
  });

  it("has its program in a root of its own, made once and anew for another program", () => {
    const { at, infra, remove } = place();
    const store = infra();
    store.write(request);
    store.write({ ...request, id: sandboxId("s2") });
    assert.equal(readdirSync(at("infra")).length, 1);
    writeFileSync(at("catatonit"), "a newer program");
    store.write(request);
    assert.equal(readdirSync(at("infra")).length, 2);
    remove();
  });

  it("is refused in words where the program is not on this host", () => {
    const { at, infra, remove } = place();
    assert.throws(() => infra(at("nothing")).write(request), {
      code: "Unavailable",
      message: /^pods with one process namespace need .*nothing, which is not there: install catatonit/,
    });
    assert.deepEqual(existsSync(at("bundles", "s1")), false);
    remove();
  });
});
