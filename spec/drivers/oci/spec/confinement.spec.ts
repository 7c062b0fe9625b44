import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Apparmor } from "../../../../src/drivers/oci/apparmor.ts";
import { confinement } from "../../../../src/drivers/oci/spec/confinement.ts";
import { Unavailable } from "../../../../src/errors.ts";
import type { SecurityProfile } from "../../../../src/vocabulary/index.ts";

const profile = (type: SecurityProfile["type"], localhostRef = ""): SecurityProfile => ({ type, localhostRef });
const of = async (
  apparmor: SecurityProfile | undefined,
  more: { on?: boolean; privileged?: boolean; standard?: string; loaded?: readonly string[]; fails?: true } = {},
) => {
  const {
    on = true,
    privileged = false,
    standard = "troupe-default",
    loaded = ["troupe-default", "web"],
    fails,
  } = more;
  const known = new Set(loaded);
  const profiles: Apparmor = {
    isLoaded: (name) => known.has(name),
    load: async () => {
      if (fails) throw new Unavailable("no parser");
      known.add("troupe-default");
    },
  };
  const security = { privileged, ...(apparmor ? { apparmor } : {}) };
  const made = await confinement(security, standard, { apparmor: on }, profiles);
  if (made.profile !== undefined) assert.ok(known.has(made.profile), "a profile that is not loaded");
  return made.warnings.length > 0 ? made.warnings : made.profile;
};

describe("the AppArmor profile of a container", () => {
  it("is the node's default unless the pod says otherwise", async () => {
    assert.equal(await of(undefined), "troupe-default");
    assert.equal(await of(profile("runtimeDefault")), "troupe-default");
    assert.equal(await of(profile("unconfined")), undefined);
    assert.equal(await of(profile("localhost", "localhost/web")), "web");
    for (const standard of ["", "unconfined"]) assert.equal(await of(undefined, { standard }), undefined);
  });

  it("is none for a privileged container, but for one that the pod names", async () => {
    assert.equal(await of(undefined, { privileged: true }), undefined);
    assert.equal(await of(profile("runtimeDefault"), { privileged: true }), undefined);
    assert.equal(await of(profile("localhost", "web"), { privileged: true }), "web");
  });

  it("is loaded again where somebody has unloaded it", async () => {
    for (const asked of [undefined, profile("runtimeDefault")])
      assert.equal(await of(asked, { loaded: [] }), "troupe-default");
  });

  it("that cannot be loaded is a warning for who asks for none, and a refusal for who asks for it", async () => {
    const broken = { loaded: [], fails: true } as const;
    assert.deepEqual(await of(undefined, broken), ["this container is not confined by AppArmor: no parser"]);
    await assert.rejects(of(profile("runtimeDefault"), broken), { code: "Unavailable", message: "no parser" });
  });

  it("is refused where it is not loaded and not ours, or AppArmor is off", async () => {
    const gone = { code: "Invalid", message: /"(gone|troupe-default)" is not loaded on this host; load it with/ };
    await assert.rejects(of(profile("localhost", "gone")), gone);
    await assert.rejects(of(undefined, { standard: "gone" }), gone);
    await assert.rejects(of(profile("localhost", "troupe-default"), { loaded: [] }), gone);
    const off = { code: "Invalid", message: /AppArmor is off/ };
    await assert.rejects(of(profile("localhost", "web"), { on: false }), off);
    await assert.rejects(of(profile("runtimeDefault"), { on: false }), off);
    assert.equal(await of(undefined, { on: false }), undefined);
    assert.equal(await of(profile("unconfined"), { on: false }), undefined);
  });
});
