import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { conflistText, parseConflist, parseLonePlugin, speaks } from "../../../src/drivers/cni/conflist.ts";

const conflist = (more: Record<string, unknown> = {}): string =>
  JSON.stringify({
    name: "pods",
    cniVersion: "1.0.0",
    plugins: [{ type: "bridge", vendor: { keep: [1, "x"] } }],
    ...more,
  });

describe("a conflist", () => {
  it("keeps the keys of its plugins that nobody here knows", () => {
    assert.deepEqual(parseConflist(conflist()).plugins, [{ type: "bridge", vendor: { keep: [1, "x"] } }]);
  });

  it("speaks the highest version that both sides know", () => {
    assert.equal(parseConflist(conflist({ cniVersions: ["0.4.0", "1.1.0", "9.0.0"] })).cniVersion, "1.1.0");
    assert.equal(parseConflist(conflist({ cniVersion: undefined })).cniVersion, "0.1.0");
    assert.throws(() => parseConflist(conflist({ cniVersion: "9.0.0" })), {
      code: "Invalid",
      message: /speaks: 9\.0\.0/,
    });
  });

  it("orders versions by their age", () => {
    assert.equal(speaks(parseConflist(conflist({ cniVersion: "0.3.1" })), "0.4.0"), false);
    assert.equal(speaks(parseConflist(conflist({ cniVersion: "0.4.0" })), "0.4.0"), true);
  });

  it("takes its booleans also as strings, and nothing else for one", () => {
    for (const value of [true, "true"])
      assert.equal(parseConflist(conflist({ loadOnlyInlinedPlugins: value })).onlyInlined, true);
    for (const value of [false, "false", undefined])
      assert.equal(parseConflist(conflist({ loadOnlyInlinedPlugins: value })).onlyInlined, false);
    assert.throws(
      () => parseConflist(conflist({ loadOnlyInlinedPlugins: "yes" })),
      /neither true nor false: "\\"yes\\""/,
    );
  });

  it("that allows only inlined plugins must have some", () => {
    const text = conflist({ loadOnlyInlinedPlugins: true, plugins: undefined });
    assert.throws(() => parseConflist(text), { code: "Invalid", message: /there are no "plugins"/ });
  });

  it("is refused for a name or a type that would lead elsewhere", () => {
    for (const name of ["../up", "", undefined, ".hidden", "a/b"])
      assert.throws(() => parseConflist(conflist({ name })), { code: "Invalid" });
    for (const plugin of [{ type: "../../bin/sh" }, { type: "" }, {}, "bridge", null])
      assert.throws(() => parseConflist(conflist({ plugins: [plugin] })), {
        code: "Invalid",
        message: /has no "type"/,
      });
  });

  it("that is half written says so", () => {
    assert.throws(() => parseConflist('{"name": "po'), { code: "Invalid", message: /JSON/ });
    assert.throws(() => parseConflist("[]"), { code: "Invalid", message: "it is no JSON object" });
  });

  it("becomes one text that needs no other file", () => {
    const whole = parseConflist(conflist());
    assert.deepEqual(parseConflist(conflistText(whole)), { ...whole, onlyInlined: true });
  });
});

describe("a lone plugin", () => {
  it("is a network of one", () => {
    const text = JSON.stringify({ name: "lone", cniVersion: "0.4.0", type: "ptp", mtu: 1400 });
    const { name, cniVersion, plugins } = parseLonePlugin(text);
    assert.deepEqual({ name, cniVersion, plugins }, { name: "lone", cniVersion: "0.4.0", plugins: [JSON.parse(text)] });
  });

  it("cannot be a list", () => {
    assert.throws(() => parseLonePlugin(conflist()), { code: "Invalid", message: /has no "type"/ });
  });
});
