import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { hookDefinitions } from "../../../src/drivers/oci/hook-definitions.ts";
import { hooks, together, type Hooked } from "../../../src/drivers/oci/spec/hooks.ts";

const always = { always: true };
const hook = (path = "/bin/true", more: object = {}) => ({ path, ...more });

describe("a directory of OCI hooks", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "hooks-"));
    for (const name of ["first", "second"]) mkdirSync(join(dir, name));
  });
  afterEach(() => rmSync(dir, { recursive: true }));
  const directories = () => [join(dir, "first"), join(dir, "second"), join(dir, "none")];
  const put = (file: string, content: unknown): void =>
    writeFileSync(join(dir, file), typeof content === "string" ? content : JSON.stringify(content));
  const document = (when: object, more: object = {}) => ({
    version: "1.0.0",
    hook: hook(),
    when,
    stages: ["createRuntime"],
    ...more,
  });
  const of = (hooked: Partial<Hooked> = {}) =>
    together(
      hooks(hookDefinitions(directories()), { annotations: {}, command: "/bin/app", hasBindMounts: false, ...hooked }),
    );

  it("is read in the order of lower-cased names, and a later directory masks files of an earlier one", () => {
    put("first/10-b.json", document(always, { hook: hook("/bin/false") }));
    put(
      "first/20-A.json",
      document(always, { hook: hook("/bin/true", { args: ["a", "b"], env: ["X=1"], timeout: 3 }) }),
    );
    put("second/10-b.json", document(always, { hook: hook("/bin/sh"), stages: ["createRuntime", "poststop"] }));
    put("first/readme.txt", "no hook");
    assert.deepEqual(of(), {
      createRuntime: [{ path: "/bin/sh" }, { path: "/bin/true", args: ["a", "b"], env: ["X=1"], timeout: 3 }],
      poststop: [{ path: "/bin/sh" }],
    });
  });

  it("gives no hooks where there are none", () => assert.equal(of(), undefined));

  it("asks for all conditions together, and for at least one", () => {
    put("first/h.json", document({ annotations: { "^com\\.example$": "fluid" }, commands: ["/app$"] }));
    const annotations = { "com.example": "some fluid" };
    assert.ok(of({ annotations }));
    assert.equal(of({ annotations, command: "/bin/other" }), undefined);
    assert.equal(of({ annotations: { "com.example": "dry" } }), undefined);
    put("first/h.json", document({}));
    assert.equal(of({ annotations }), undefined);
    put("first/h.json", document({ hasBindMounts: true }));
    assert.equal(of(), undefined);
    assert.ok(of({ hasBindMounts: true }));
  });

  it("reads POSIX classes in expressions", () => {
    put("first/h.json", document({ commands: ["^/opt/[[:alpha:]]+[[:digit:]]$"] }));
    assert.ok(of({ command: "/opt/tool7" }));
    assert.equal(of({ command: "/opt/tool" }), undefined);
  });

  const bad: readonly (readonly [string, unknown, RegExp])[] = [
    ["no JSON", "{", /h\.json cannot be used: .*JSON.*; mend the file or move it away$/],
    [
      "an older schema",
      { hook: "/bin/true", stages: ["prestart"] },
      /its version is undefined, which is not "1\.0\.0"/,
    ],
    ["a program that is not there", document(always, { hook: hook("/no/such") }), /\/no\/such/],
    ["a relative program", document(always, { hook: hook("true") }), /hook\.path is no absolute path/],
    ["a stage that is none", document(always, { stages: ["prestop"] }), /"prestop" is no stage; there are prestart, /],
    ["a broken expression", document({ commands: ["("] }), /Invalid regular expression/],
    ["a condition of another kind", document({ always: "yes" }), /when\.always is neither true nor false/],
  ];
  for (const [what, content, message] of bad)
    it(`stops creations for ${what}, naming the file`, () => {
      put("first/h.json", content);
      assert.throws(() => hookDefinitions(directories()), { code: "Unavailable", message });
    });
});
