import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { args, checkedWords, workingDirectory } from "../../../../src/drivers/oci/spec/args.ts";

const image = { entrypoint: ["entry", "-e"], cmd: ["cmd"] };

describe("the command of a container", () => {
  for (const [what, command, own, expected] of [
    ["is the pod's, with its args, and nothing of the image's", ["run"], ["-x"], ["run", "-x"]],
    ["is the pod's alone", ["run"], [], ["run"]],
    ["is the image's entrypoint with the pod's args in place of its cmd", [], ["-x"], ["entry", "-e", "-x"]],
    ["is the image's, both parts", [], [], ["entry", "-e", "cmd"]],
  ] as const)
    it(what, () => assert.deepEqual(args({ command, args: own }, image), expected));

  it("takes an entrypoint of one empty word for none", () => {
    assert.deepEqual(args({ command: [], args: [] }, { entrypoint: [""], cmd: ["cmd"] }), ["cmd"]);
  });

  it("is refused where nobody names one, where it is empty, and where no program could get it", () => {
    const none = { entrypoint: [], cmd: [] };
    assert.throws(() => args({ command: [], args: [] }, none), { code: "Invalid", message: /^no command specified/ });
    assert.throws(() => args({ command: [""], args: [] }, none), { code: "Invalid", message: "the command is empty" });
    assert.throws(() => checkedWords(["a", "b\0c"]), { message: "word 1 of the command has a NUL character in it" });
  });
});

describe("the working directory", () => {
  it("is the pod's before the image's before the root", () => {
    assert.equal(workingDirectory({ workingDir: "/p" }, { workingDir: "/i" }), "/p");
    assert.equal(workingDirectory({ workingDir: "" }, { workingDir: "/i" }), "/i");
    assert.equal(workingDirectory({ workingDir: "" }, { workingDir: "" }), "/");
  });

  it("is refused where it is not absolute, saying whose it is", () => {
    const message = 'working directory "x" of the image is not an absolute path';
    assert.throws(() => workingDirectory({ workingDir: "" }, { workingDir: "x" }), { code: "Invalid", message });
  });
});
