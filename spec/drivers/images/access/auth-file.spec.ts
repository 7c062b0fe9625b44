import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findInFile, parseAuthFile } from "../../../../src/drivers/images/access/auth-file.ts";
import { Invalid } from "../../../../src/errors.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const userOf = (auths: Readonly<Record<string, string>>, name: string, legacy = false): string | undefined => {
  const entries = Object.fromEntries(Object.entries(auths).map(([key, user]) => [key, { auth: base64(`${user}:pw`) }]));
  const text = JSON.stringify(legacy ? entries : { auths: entries });
  const found = findInFile(parseAuthFile("/auth.json", text, legacy), name);
  return found && `${found.credentials.kind === "password" ? found.credentials.username : "?"} by ${found.key}`;
};

describe("a file of credentials", () => {
  it("gives those of the repository, else of its nearest parent, else of the host", () => {
    const auths = { "quay.io": "host", "quay.io/team": "team", "quay.io/team/app": "app" };
    assert.equal(userOf(auths, "quay.io/team/app"), "app by quay.io/team/app");
    assert.equal(userOf(auths, "quay.io/team/other"), "team by quay.io/team");
    assert.equal(userOf(auths, "quay.io/team/app/deeper"), "app by quay.io/team/app");
    assert.equal(userOf(auths, "quay.io/teams/app"), "host by quay.io");
    assert.equal(userOf(auths, "quay.io:443/team/app"), undefined, "a port is part of the host");
    assert.equal(userOf({ "example.com:5000": "it" }, "example.com:5000/app"), "it by example.com:5000");
  });

  it("takes old keys for the hosts that they mean", () => {
    assert.equal(userOf({ "https://quay.io/v1/": "url" }, "quay.io/app"), "url by https://quay.io/v1/");
    assert.equal(
      userOf({ "https://index.docker.io/v1/": "hub" }, "docker.io/library/busybox"),
      "hub by https://index.docker.io/v1/",
    );
    assert.equal(userOf({ "quay.io/v1/": "path" }, "quay.io/app"), undefined, "a path is none without a scheme");
    assert.equal(userOf({ "quay.io": "exact", "http://quay.io": "old" }, "quay.io/app"), "exact by quay.io");
  });

  it("of docker's first format has hosts alone", () => {
    assert.equal(userOf({ "quay.io/v1/": "host" }, "quay.io/team/app", true), "host by quay.io/v1/");
    assert.equal(userOf({ "quay.io/team/app": "app" }, "quay.io/team/app", true), "app by quay.io/team/app");
  });

  it("has tokens too, to be exchanged or sent as they are", () => {
    const found = (entry: object) =>
      findInFile(parseAuthFile("/a", JSON.stringify({ auths: { "q.io": entry } })), "q.io/x")?.credentials;
    assert.deepEqual(found({ auth: base64("0:"), identitytoken: "id" }), { kind: "identity", token: "id" });
    assert.deepEqual(found({ registrytoken: "t" }), { kind: "bearer", token: "t" });
    assert.deepEqual(found({ auth: base64("anna:s:e\0\0") }), { kind: "password", username: "anna", password: "s:e" });
    assert.equal(found({}), undefined, "docker leaves it so where a helper knows them");
    assert.equal(found({ auth: base64("no colon") }), undefined);
  });

  it("that says nothing is fine", () => {
    for (const text of ["{}", '{"auths":null}', "null", '{"auths":{},"credsStore":"x"}'])
      assert.equal(findInFile(parseAuthFile("/a", text), "quay.io/x"), undefined);
  });

  for (const [what, text] of [
    ["no JSON", '{"auths": {"q.io": {"auth": "s3cret" '],
    ["bare words", "s3cret"],
    ["nothing at all", ""],
    ["a list", '["s3cret"]'],
    ["auths that are a text", '{"auths":"s3cret"}'],
    ["an entry that is a text", '{"auths":{"q.io":"s3cret"}}'],
    ["a password that is a list", '{"auths":{"q.io":{"auth":["s3cret"]}}}'],
    ["no base64", '{"auths":{"q.io":{"auth":"s3cret!"}}}'],
    ["a token with a line break", '{"auths":{"q.io":{"registrytoken":"s3cret\\n"}}}'],
    ["a helper that is a number", '{"credHelpers":{"q.io":7}}'],
  ] as const)
    it(`that holds ${what} is refused, and nothing in it told`, () => {
      assert.throws(
        () => findInFile(parseAuthFile("/etc/auth.json", text), "q.io/x"),
        (error) =>
          error instanceof Invalid &&
          error.message.startsWith("/etc/auth.json") &&
          !`${error.message}${String(error.cause)}`.includes("s3cret"),
      );
    });
});
