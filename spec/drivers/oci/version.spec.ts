import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  atLeast,
  knownFeatures,
  parseFeatures,
  parseVersion,
  takesFilters,
  tellsFeatures,
} from "../../../src/drivers/oci/version.ts";

const crun =
  "crun version 1.8.1\ncommit: f8a0\nrundir: /run/crun\nspec: 1.0.0\n+SYSTEMD +SELINUX +CAP +SECCOMP +EBPF +YAJL\n";
const runc = "runc version 1.1.5+ds1\ncommit: 1.1.5+ds1-1+deb12u1\nspec: 1.0.2-dev\ngo: go1.19.8\nlibseccomp: 2.5.4\n";

describe("an OCI runtime's word about itself", () => {
  it("is asked for its features unless it is known to be too old for that", () => {
    const tells = (name: string) => tellsFeatures(parseVersion(`${name}\n`));
    for (const name of ["crun version 1.8.6", "runc version 1.1.0", "youki version 0.0.1"])
      assert.ok(tells(name), name);
    for (const name of ["crun version 1.8.5", "runc version 1.0.3"]) assert.ok(!tells(name), name);
  });

  it("names its kind and version, without what a distribution adds", () => {
    assert.deepEqual(parseVersion(crun), { kind: "crun", version: "1.8.1", seccomp: true });
    assert.deepEqual(parseVersion(runc), { kind: "runc", version: "1.1.5", seccomp: true });
    assert.deepEqual(parseVersion("runsc version release-20240101.0\nspec: 1.1.0\n").kind, "runsc");
    assert.deepEqual(parseVersion("true (GNU coreutils) 9.1\n"), { kind: "", version: "", seccomp: false });
  });

  it("tells what it can do, and what is not mentioned it cannot", () => {
    const features = { mountOptions: ["ro", "rro"], linux: { seccomp: { enabled: true } } };
    const told = parseFeatures(JSON.stringify(features), parseVersion(runc));
    assert.deepEqual(told, { idmappedMounts: false, recursiveReadOnly: true, seccomp: true });
    const none = parseFeatures("{}", parseVersion(runc));
    assert.deepEqual(none, { idmappedMounts: false, recursiveReadOnly: false, seccomp: false });
  });

  it("is not believed where it is known to be wrong", () => {
    const idmap = JSON.stringify({ linux: { mountExtensions: { idmap: { enabled: true } } } });
    assert.equal(parseFeatures(idmap, parseVersion("crun version 1.22\n")).idmappedMounts, false);
    assert.equal(parseFeatures(idmap, parseVersion("crun version 1.23\n")).idmappedMounts, true);
  });

  it("is filled in from its version where it is too old to tell", () => {
    assert.deepEqual(knownFeatures(parseVersion(crun)), {
      idmappedMounts: true,
      recursiveReadOnly: true,
      seccomp: true,
    });
    const old = knownFeatures(parseVersion("crun version 1.3\n"));
    assert.deepEqual(old, { idmappedMounts: false, recursiveReadOnly: false, seccomp: false });
  });
});

describe("versions", () => {
  it("are compared number by number", () => {
    assert.ok(atLeast("6.18.44", "5.12"));
    assert.ok(atLeast("1.10", "1.9.1"));
    assert.ok(!atLeast("1.9", "1.9.1"));
    assert.ok(atLeast("4.8", "4.8"));
  });
});

describe("compiled filters", () => {
  it("are handed to a crun that takes them and does not keep them itself", () => {
    const takes = (name: string) => takesFilters(parseVersion(`${name}\n`));
    for (const name of ["crun version 1.0", "crun version 1.8.1", "crun version 1.13.2"]) assert.ok(takes(name), name);
    for (const name of [
      "crun version 0.17",
      "crun version 1.14",
      "crun version 1.30",
      "runc version 1.1.5",
      "crun version UNKNOWN",
    ])
      assert.ok(!takes(name), name);
  });
});
