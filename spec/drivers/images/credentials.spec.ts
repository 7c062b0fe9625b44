import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseChallenges } from "../../../src/drivers/images/challenge.ts";
import { credentialsFor } from "../../../src/drivers/images/credentials.ts";
import type { RegistryAuth } from "../../../src/vocabulary/index.ts";

const none: RegistryAuth = {
  username: "",
  password: "",
  auth: "",
  serverAddress: "",
  identityToken: "",
  registryToken: "",
};
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const anna = { kind: "password", username: "anna", password: "s:e:cret" } as const;

describe("credentials of a pull", () => {
  it("are the user's name and password where both are given", () => {
    assert.deepEqual(credentialsFor({ ...none, username: "anna", password: "s:e:cret" }, "quay.io"), anna);
  });
  it("may come as one base64 text, whose padding NULs do not count", () => {
    assert.deepEqual(credentialsFor({ ...none, auth: base64("anna:s:e:cret\0\0") }, "quay.io"), anna);
    assert.equal(credentialsFor({ ...none, auth: base64("nocolon") }, "quay.io"), undefined);
  });
  it("may be a token, to be exchanged or sent as it is", () => {
    assert.deepEqual(credentialsFor({ ...none, identityToken: "t" }, "q"), { kind: "identity", token: "t" });
    assert.deepEqual(credentialsFor({ ...none, registryToken: "t" }, "q"), { kind: "bearer", token: "t" });
  });
  it("are kept from every server but the one that they name", () => {
    const auth = { ...none, username: "anna", password: "s:e:cret" };
    assert.equal(credentialsFor({ ...auth, serverAddress: "https://other.io" }, "quay.io"), undefined);
    assert.deepEqual(credentialsFor({ ...auth, serverAddress: "https://quay.io/v2/" }, "quay.io"), anna);
    assert.deepEqual(credentialsFor({ ...auth, serverAddress: "https://index.docker.io/v1/" }, "docker.io"), anna);
  });
  it("are none when nothing is given", () => {
    assert.equal(credentialsFor(none, "quay.io"), undefined);
    assert.equal(credentialsFor(undefined, "quay.io"), undefined);
  });
});

describe("a registry's challenge", () => {
  const read = (header: string | readonly string[] | undefined) =>
    parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

  it("is read with commas and escapes inside its quotes", () => {
    assert.deepEqual(
      read('Bearer realm="https://a/t",service="r",scope="repository:x:pull,push",error="say \\"no\\""'),
      [["bearer", { realm: "https://a/t", service: "r", scope: "repository:x:pull,push", error: 'say "no"' }]],
    );
  });
  it("may stand beside others, in one header or in several", () => {
    assert.deepEqual(read('Basic realm="r", Bearer realm=https://a'), [
      ["basic", { realm: "r" }],
      ["bearer", { realm: "https://a" }],
    ]);
    assert.deepEqual(read(["BASIC", 'Bearer Realm="b"']), [
      ["basic", {}],
      ["bearer", { realm: "b" }],
    ]);
    assert.deepEqual(read(undefined), []);
  });
});
