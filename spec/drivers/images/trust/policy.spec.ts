import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseReference } from "../../../../src/drivers/images/reference.ts";
import { parsePolicy, ruleFor } from "../../../../src/drivers/images/trust/policy.ts";

const accept = '[{"type":"insecureAcceptAnything"}]';
const reject = '[{"type":"reject"}]';
const digest = `sha256:${"a".repeat(64)}`;

const byOf = (scopes: readonly string[], image: string): string => {
  const docker = Object.fromEntries(scopes.map((scope) => [scope, [{ type: "reject" }]]));
  const text = JSON.stringify({ default: [{ type: "insecureAcceptAnything" }], transports: { docker } });
  return ruleFor(parsePolicy("/p.json", text), parseReference(image)).by;
};

describe("policy.json", () => {
  it("has for an image the most specific scope alone", () => {
    const all = ["quay.io/team/app:v1", "quay.io/team/app", "quay.io/team", "quay.io", ""];
    for (const [index, scope] of all.entries())
      assert.equal(
        byOf(all.slice(index), "quay.io/team/app:v1"),
        scope === "" ? "the rest of docker" : `the scope "${scope}"`,
      );
    assert.equal(byOf([], "quay.io/team/app:v1"), "the default");
    assert.equal(byOf([`quay.io/app@${digest}`], `quay.io/app@${digest}`), `the scope "quay.io/app@${digest}"`);
    assert.equal(byOf(["quay.io/team/app"], "quay.io/team/application"), "the default", "whole components");
    assert.equal(byOf(["docker.io/library/busybox"], "busybox"), 'the scope "docker.io/library/busybox"');
  });

  it("has a host with its port, and wildcards for what is below a domain, without port", () => {
    assert.equal(byOf(["example.com", "*.com"], "a.example.com/x"), 'the scope "*.com"');
    assert.equal(byOf(["*.example.com", "*.com"], "a.example.com:5000/x"), 'the scope "*.example.com"');
    assert.equal(byOf(["*.com"], "b.a.example.com/x"), 'the scope "*.com"');
    assert.equal(
      byOf(["a.example.com:5000", "*.example.com"], "a.example.com:5000/x"),
      'the scope "a.example.com:5000"',
    );
    assert.equal(byOf(["a.example.com"], "a.example.com:5000/x"), "the default");
    assert.equal(byOf(["*.example.com"], "example.com/x"), "the default");
  });

  it("reads what a signature may have to be, in each of its ways", () => {
    const list = JSON.stringify([
      { type: "signedBy", keyType: "GPGKeys", keyPath: "/k" },
      { type: "signedBy", keyType: "GPGKeys", keyPaths: ["/a", "/b"], signedIdentity: { type: "matchExact" } },
      {
        type: "sigstoreSigned",
        keyData: Buffer.from("key").toString("base64"),
        signedIdentity: { type: "remapIdentity", prefix: "mirror.io", signedPrefix: "quay.io" },
      },
      {
        type: "sigstoreSigned",
        fulcio: { caPath: "/ca", oidcIssuer: "https://i", subjectEmail: "a@b" },
        rekorPublicKeyPath: "/rekor",
        signedIdentity: { type: "exactRepository", dockerRepository: "quay.io/app" },
      },
    ]);
    const { preset } = parsePolicy("/p.json", `{"default":${list}}`);
    const preferred = { type: "matchRepoDigestOrExact" };
    assert.deepEqual(preset, [
      { type: "signedBy", keys: { paths: ["/k"], data: [] }, identity: preferred },
      { type: "signedBy", keys: { paths: ["/a", "/b"], data: [] }, identity: { type: "matchExact" } },
      {
        type: "sigstoreSigned",
        identity: { type: "remapIdentity", prefix: "mirror.io", signedPrefix: "quay.io" },
        keys: { paths: [], data: [Buffer.from("key")] },
      },
      {
        type: "sigstoreSigned",
        identity: { type: "exactRepository", dockerRepository: "quay.io/app" },
        rekorKeys: { paths: ["/rekor"], data: [] },
      },
    ]);
  });

  const required = (requirement: string): string => `{"default":[${requirement}]}`;
  const signed = (rest: string): string => required(`{"type":"signedBy","keyType":"GPGKeys",${rest}}`);
  for (const [what, text, wanted] of [
    ["no JSON", "{default", /^\/p\.json is no JSON/],
    ["a comment", `{"default":${accept}} // all`, /is no JSON/],
    ["a comma at the end", `{"default":${accept},}`, /is no JSON/],
    ["a list", accept, /^\/p\.json: is no object/],
    ["no default", "{}", /has no default/],
    ["an empty default", '{"default":[]}', /default is no list of requirements with something in it/],
    ["an unknown key", `{"default":${accept},"defaults":${reject}}`, /has the unknown key "defaults"/],
    ["a key in another case", `{"Default":${accept}}`, /has no default/],
    ["a key twice", `{"default":${reject},"default":${accept}}`, /has the key "default" twice in one object/],
    ["a key twice, once escaped", `{"default":${reject},"d\\u0065fault":${accept}}`, /has the key "default" twice/],
    [
      "a scope twice",
      `{"default":${reject},"transports":{"docker":{"a.org":${reject},"a.org":${accept}}}}`,
      /has the key "a\.org" twice/,
    ],
    ["an empty scope", `{"default":${accept},"transports":{"docker":{"a.org":[]}}}`, /scope "a\.org" is no list/],
    [
      "another transport's wrong scope",
      `{"default":${accept},"transports":{"dir":{"/x":[{"type":"maybe"}]}}}`,
      /the transport "dir", scope "\/x": requirement 1 has the type "maybe"/,
    ],
    ["transports that are a list", `{"default":${accept},"transports":[]}`, /transports is no object/],
    ["a requirement without a type", required("{}"), /requirement 1 has the type/],
    ["a requirement with more", required('{"type":"reject","why":"x"}'), /has the unknown key "why"/],
    ["a requirement that is a text", required('"reject"'), /requirement 1 is no object/],
    ["a signature without keys", signed('"signedIdentity":{"type":"matchExact"}'), /has no keys/],
    ["a signature with two kinds of keys", signed('"keyPath":"/a","keyPaths":["/b"]'), /has more than one of keyPath/],
    ["a list of no keys", signed('"keyPaths":[]'), /has keyPaths that is no list/],
    ["keys that are no base64", signed('"keyData":"!"'), /has keyData that is no base64/],
    [
      "another kind of keys",
      required('{"type":"signedBy","keyType":"X509Certificates","keyPath":"/a"}'),
      /has keyType "X509Certificates"; it is to be GPGKeys/,
    ],
    [
      "an unknown identity",
      signed('"keyPath":"/a","signedIdentity":{"type":"any"}'),
      /of the type "any", which is none/,
    ],
    [
      "an identity with more",
      signed('"keyPath":"/a","signedIdentity":{"type":"matchExact","prefix":"x"}'),
      /signedIdentity with the unknown key "prefix"/,
    ],
    [
      "an identity without its name",
      signed('"keyPath":"/a","signedIdentity":{"type":"exactReference"}'),
      /signedIdentity without dockerReference/,
    ],
    [
      "an exact reference that is none",
      signed('"keyPath":"/a","signedIdentity":{"type":"exactReference","dockerReference":"quay.io/app"}'),
      /dockerReference "quay\.io\/app" without a tag or a digest/,
    ],
    [
      "sigstore with key and fulcio",
      required('{"type":"sigstoreSigned","keyPath":"/a","fulcio":{}}'),
      /is to have one of keyPath, keyPaths, keyData, keyDatas, fulcio, pki/,
    ],
    ["fulcio without Rekor", required('{"type":"sigstoreSigned","fulcio":{}}'), /has fulcio without a key of Rekor/],
    [
      "pki with Rekor",
      required('{"type":"sigstoreSigned","pki":{},"rekorPublicKeyPath":"/r"}'),
      /has pki with a key of Rekor/,
    ],
  ] as const)
    it(`with ${what} is refused whole`, () => {
      assert.throws(() => parsePolicy("/p.json", text), { code: "Invalid", message: wanted });
    });
});
