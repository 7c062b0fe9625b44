import assert from "node:assert/strict";
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { compiledFilters, type CompiledFilters } from "../../../src/drivers/oci/compiled-filters.ts";
import type { Seccomp } from "../../../src/drivers/oci/spec/runtime-spec.ts";
import { containerId } from "./support/builders.ts";

const profile = (more: Partial<Seccomp> = {}): Seccomp => ({
  defaultAction: "SCMP_ACT_ERRNO",
  architectures: ["SCMP_ARCH_X86_64"],
  syscalls: [{ names: ["read"], action: "SCMP_ACT_ALLOW" }],
  ...more,
});
const filter = Buffer.alloc(64, 7);
const handed = { "run.oci.seccomp_bpf_data": filter.toString("base64") };

describe("compiled filters", () => {
  let place: string;
  let filters: CompiledFilters;
  const at = (...names: string[]) => join(place, ...names);
  const make = () =>
    compiledFilters({ dir: at("filters"), path: at("crun"), root: at("root"), libraries: at("ld.so.cache") });
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), "troupe-filters-"));
    for (const file of ["crun", "ld.so.cache"]) writeFileSync(at(file), file);
    filters = make();
  });
  afterEach(() => rmSync(place, { recursive: true }));

  /** What crun leaves of a create. */
  const compiled = (name: string, bytes = filter): void => {
    mkdirSync(at("root", name), { recursive: true });
    writeFileSync(at("root", name, "seccomp.bpf"), bytes);
  };
  const taught = (name: string, seccomp = profile()): void => {
    const id = containerId(name);
    assert.deepEqual(filters.handBack(id, seccomp), {});
    compiled(name);
    filters.learn(id);
  };
  const next = (seccomp = profile(), from = filters) => from.handBack(containerId("next"), seccomp);

  it("are taken from the first container and handed to the next with the same profile, also by a later daemon", () => {
    taught("first");
    assert.deepEqual(next(), handed);
    assert.deepEqual(next(profile(), make()), handed);
  });

  it("are another profile's no matter how small the difference", () => {
    taught("first");
    const [rule] = profile().syscalls;
    for (const other of [
      profile({ defaultErrnoRet: 38 }),
      profile({ architectures: [] }),
      profile({ syscalls: [{ ...rule, names: ["read"], action: "SCMP_ACT_LOG" }] }),
      profile({ syscalls: [{ names: ["read"], action: "SCMP_ACT_ALLOW", errnoRet: 1 }] }),
    ])
      assert.deepEqual(next(other), {});
  });

  it("are compiled anew after an upgrade of crun or of a library", () => {
    for (const file of ["crun", "ld.so.cache"]) {
      taught(`before ${file}`);
      assert.deepEqual(next(), handed);
      rmSync(at(file));
      writeFileSync(at(file), "newer");
      assert.deepEqual(next(), {}, file);
    }
  });

  it("are not taken when the upgrade comes between the bundle and the start", () => {
    const id = containerId("first");
    filters.handBack(id, profile());
    compiled("first");
    writeFileSync(at("crun"), "newer");
    filters.learn(id);
    assert.deepEqual(next(), {});
  });

  it("are not used for profiles with flags or a listener, nor where upgrades of libraries cannot be seen", () => {
    for (const seccomp of [profile({ flags: ["SECCOMP_FILTER_FLAG_LOG"] }), profile({ listenerPath: "/run/l" })]) {
      taught("first", seccomp);
      assert.deepEqual(next(seccomp), {});
    }
    rmSync(at("ld.so.cache"));
    taught("second");
    assert.deepEqual(next(), {});
  });

  it("are not taken from a crun that has a cache of its own", () => {
    filters.handBack(containerId("first"), profile());
    compiled("first");
    linkSync(at("root/first/seccomp.bpf"), at("root/cached"));
    filters.learn(containerId("first"));
    assert.deepEqual(next(), {});
  });

  it("are learnt once when first containers come together", () => {
    const ids = ["a", "b", "c"].map(containerId);
    for (const id of ids) assert.deepEqual(filters.handBack(id, profile()), {});
    for (const id of ids) compiled(id, id === "a" ? filter : Buffer.alloc(8));
    for (const id of ids) filters.learn(id);
    assert.deepEqual(next(), handed);
  });

  it("are not learnt from a container that was handed one, was never written, is gone or left none", () => {
    const [unknown, gone, none] = ["unknown", "gone", "none"].map(containerId) as [never, never, never];
    for (const name of ["unknown", "gone"]) compiled(name);
    filters.learn(unknown);
    filters.handBack(gone, profile());
    filters.forget(gone);
    filters.learn(gone);
    filters.handBack(none, profile());
    filters.learn(none);
    assert.deepEqual(next(), {});

    taught("first");
    filters.handBack(containerId("second"), profile());
    compiled("second", Buffer.alloc(8));
    filters.learn(containerId("second"));
    assert.deepEqual(next(), handed);
  });
});
