import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { env } from "../../../../src/drivers/oci/spec/env.ts";
import { bytes } from "../support/builders.ts";

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const given = (key: string, value: Uint8Array | string) => ({
  envs: [{ key, value: typeof value === "string" ? bytes(value) : value }],
  tty: false,
});

describe("the environment of a container", () => {
  it("has a PATH and the host's name, and TERM with a terminal", () => {
    assert.deepEqual(env({ envs: [], tty: false }, { env: [] }, "web"), [PATH, "HOSTNAME=web"]);
    assert.deepEqual(env({ envs: [], tty: true }, { env: [] }, "web"), [PATH, "HOSTNAME=web", "TERM=xterm"]);
  });

  it("lets the pod's variable take the place of the image's, and that of ours", () => {
    const image = { env: ["PATH=/i", "A=i=1", "B=i"] };
    assert.deepEqual(env(given("A", "p"), image, "web"), ["PATH=/i", "HOSTNAME=web", "A=p", "B=i"]);
    assert.deepEqual(env({ envs: [], tty: false }, image, "web"), ["PATH=/i", "HOSTNAME=web", "A=i=1", "B=i"]);
  });

  it("takes a name alone in an image for an empty variable", () => {
    assert.ok(env({ envs: [], tty: false }, { env: ["OLD"] }, "web").includes("OLD="));
  });

  it("passes on every character of UTF-8, a byte order mark too", () => {
    assert.equal(env(given("A", "\uFEFFgrün\n"), { env: [] }, "web").at(-1), "A=\uFEFFgrün\n");
  });

  it("refuses by name what an OCI runtime could not pass on", () => {
    const refused = (key: string, value: Uint8Array | string, message: RegExp) =>
      assert.throws(() => env(given(key, value), { env: [] }, "web"), { code: "Invalid", message });
    refused("RAW", Uint8Array.of(0xff, 0xfe), /"RAW" has a value that is not UTF-8/);
    refused("NUL", "a\0b", /"NUL" has a NUL byte/);
    refused("A=B", "1", /"A=B" has a name that no program can be given/);
    refused("", "1", /"" has a name/);
  });
});
