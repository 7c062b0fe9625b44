import assert from "node:assert/strict";
import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, describe, it } from "node:test";
import { digestOf } from "../../../../src/drivers/images/digest.ts";
import { parseReference } from "../../../../src/drivers/images/reference.ts";
import { gatekeeper } from "../../../../src/drivers/images/trust/gatekeeper.ts";
import { FakeRegistry, fails, never } from "../fake-registry.ts";

const image = Buffer.from("the image's manifest");
const digest = digestOf(image);
const ec = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const stranger = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const payloadType = "application/vnd.dev.cosign.simplesigning.v1+json";

const payloadOf = (reference: string, changes: { digest?: string; type?: string; optional?: unknown } = {}): Buffer =>
  Buffer.from(
    JSON.stringify({
      critical: {
        identity: { "docker-reference": reference },
        image: { "docker-manifest-digest": changes.digest ?? digest },
        type: changes.type ?? "cosign container image signature",
      },
      optional: changes.optional ?? null,
    }),
  );
/** As cosign signs. */
const signed = (payload: Buffer, { privateKey }: { readonly privateKey: KeyObject } = ec) => ({
  payload,
  signature: sign(privateKey.asymmetricKeyType === "ed25519" ? null : "sha256", payload, privateKey).toString("base64"),
});
type Signed = ReturnType<typeof signed>;

describe("an image that has to be signed by cosign with a key", () => {
  const dir = mkdtempSync(join(tmpdir(), "sigstore-"));
  after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, "policy.json");
  const registriesDirectory = join(dir, "registries.d");
  const keeper = gatekeeper({ file, registriesDirectory });
  const pem = ({ publicKey }: { readonly publicKey: KeyObject }): string =>
    publicKey.export({ type: "spki", format: "pem" });
  const require = (requirement: object): void => {
    writeFileSync(file, JSON.stringify({ default: [{ type: "sigstoreSigned", ...requirement }] }));
  };
  const repository = { signedIdentity: { type: "matchRepository" } };
  beforeEach(() => {
    rmSync(registriesDirectory, { recursive: true, force: true });
    mkdirSync(registriesDirectory);
    writeFileSync(join(registriesDirectory, "0.yaml"), "default-docker:\n  use-sigstore-attachments: true\n");
    writeFileSync(join(dir, "cosign.pub"), pem(ec));
    require({ keyPath: join(dir, "cosign.pub"), ...repository });
  });

  /** Whether `quay.io/team/app:v1` may be had from a registry that has these beside it. */
  const verify = async (
    attachments: readonly Signed[],
    { served, asked = "quay.io/team/app:v1" }: { served?: Buffer; asked?: string } = {},
  ): Promise<readonly string[]> => {
    const manifest = {
      schemaVersion: 2,
      layers: attachments.map(({ payload, signature }) => ({
        mediaType: payloadType,
        digest: digestOf(payload),
        size: payload.length,
        annotations: { "dev.cosignproject.cosign/signature": signature },
      })),
    };
    await using fake = await FakeRegistry.start(({ path }, response) => {
      const found = attachments.find(({ payload }) => path.endsWith(`/blobs/${digestOf(payload)}`));
      if (found) response.end(served ?? found.payload);
      else if (attachments.length > 0 && path.endsWith(`/manifests/sha256-${digest.slice(7)}.sig`))
        response.end(JSON.stringify(manifest));
      else response.writeHead(404).end("{}");
    });
    const reference = parseReference(asked);
    const gate = await keeper.admit(reference, never);
    await keeper.verify(gate, { reference, place: "mirror.io/copy", digest, registry: fake.open() }, never);
    return fake.paths;
  };
  const good = signed(payloadOf("quay.io/team/app"));

  it("is had where one of its signatures is by one of the keys, for the name", async () => {
    assert.equal((await verify([good])).length, 2);
    await verify([signed(payloadOf("quay.io/team/app"), stranger), good]);
    for (const keys of [generateKeyPairSync("rsa", { modulusLength: 2048 }), generateKeyPairSync("ed25519")]) {
      require({ keyDatas: [pem(ec), pem(keys)].map((text) => Buffer.from(text).toString("base64")), ...repository });
      await verify([signed(payloadOf("quay.io/team/app", { optional: { creator: "x" } }), keys)]);
    }
  });

  for (const [what, attachments, wanted] of [
    ["without a signature", [], /there is no signature of sha256:/],
    [
      "signed by somebody else",
      [signed(payloadOf("quay.io/team/app"), stranger)],
      /the signature is by none of the keys/,
    ],
    [
      "signed for another manifest",
      [signed(payloadOf("quay.io/team/app", { digest: digestOf(Buffer.from("x")) }))],
      /the signature is of sha256:\w+, and not of sha256:/,
    ],
    [
      "signed for another name",
      [signed(payloadOf("quay.io/team/other"))],
      /is for quay\.io\/team\/other, which matchRepository does not take/,
    ],
    [
      "signed in another way",
      [signed(payloadOf("quay.io/team/app", { type: "atomic container signature" }))],
      /critical part is not of the type "cosign container image signature"/,
    ],
    [
      "whose signature was changed",
      [{ ...good, signature: Buffer.from("x").toString("base64") }],
      /by none of the keys/,
    ],
    [
      "whose signature is of more than JSON",
      [signed(Buffer.concat([payloadOf("quay.io/team/app"), Buffer.from("{}")]))],
      /the signed text is no JSON/,
    ],
    [
      "whose signed text has two digests",
      [
        signed(
          Buffer.from(
            payloadOf("quay.io/team/app").toString().replace('"image":{', '"image":{"docker-manifest-digest":"x",'),
          ),
        ),
      ],
      /has the key "docker-manifest-digest" twice/,
    ],
    [
      "whose signed text says more",
      [signed(Buffer.from(payloadOf("quay.io/team/app").toString().replace('"critical":{', '"critical":{"more":1,')))],
      /has the unknown key "more"/,
    ],
  ] as const)
    it(`is not had ${what}`, async () => {
      await fails(
        verify(attachments),
        "Failed",
        new RegExp(
          `^SignatureValidationFailed: quay\\.io/team/app:v1 is not signed as it has to be: .*${wanted.source}`,
        ),
      );
    });

  it("is not had where the signed text is not what its digest says", async () => {
    await fails(verify([good], { served: payloadOf("quay.io/team/evil") }), "Failed", /is not what came/);
  });

  it("is not had while the registry does not tell, which is its trouble and not the image's", async () => {
    await using fake = await FakeRegistry.start((_, response) => void response.writeHead(503).end());
    const reference = parseReference("quay.io/team/app:v1");
    const gate = await keeper.admit(reference, never);
    const verifying = keeper.verify(
      gate,
      { reference, place: "quay.io/team/app", digest, registry: fake.open() },
      never,
    );
    await fails(verifying, "Unavailable", /^RegistryUnavailable: /);
  });

  it("by default has to be signed for its very tag, which cosign does not do", async () => {
    require({ keyPath: join(dir, "cosign.pub") });
    await fails(verify([good]), "Failed", /which matchRepoDigestOrExact does not take for this name/);
    await verify([signed(payloadOf("quay.io/team/app:v1"))]);
    await verify([signed(payloadOf("quay.io/team/app:v1"))], { asked: `quay.io/team/app@${digest}` });
    await fails(verify([signed(payloadOf("quay.io/team/app:v2"))]), "Failed", /does not take/);
  });

  it("may be signed for another name that the policy gives", async () => {
    const cosignPub = { keyPath: join(dir, "cosign.pub") };
    const other = signed(payloadOf("other.io/app"));
    require({ ...cosignPub, signedIdentity: { type: "exactRepository", dockerRepository: "other.io/app" } });
    await verify([other]);
    require({ ...cosignPub, signedIdentity: { type: "exactReference", dockerReference: "other.io/app:v7" } });
    await fails(verify([other]), "Failed", /exactReference does not take/);
    await verify([signed(payloadOf("other.io/app:v7"))]);
    require({
      ...cosignPub,
      signedIdentity: { type: "remapIdentity", prefix: "quay.io/team", signedPrefix: "src.io" },
    });
    await verify([signed(payloadOf("src.io/app:v1"))]);
    await fails(verify([signed(payloadOf("quay.io/team/app:v1"))]), "Failed", /remapIdentity does not take/);
    require({ ...cosignPub, signedIdentity: { type: "remapIdentity", prefix: "quay.io/te", signedPrefix: "src.io" } });
    await verify([signed(payloadOf("quay.io/team/app:v1"))]);
  });

  it("is not had where no file of registries.d says that signatures are in the registry", async () => {
    rmSync(join(registriesDirectory, "0.yaml"));
    await fails(verify([good]), "Failed", /use-sigstore-attachments is not set for mirror\.io\/copy in /);
    writeFileSync(join(registriesDirectory, "1.yaml"), "docker:\n  mirror.io:\n    use-sigstore-attachments: true\n");
    await verify([good]);
    writeFileSync(join(registriesDirectory, "2.yaml"), "docker:\n  mirror.io/copy:\n    lookaside: file:///x\n");
    await fails(verify([good]), "Failed", /use-sigstore-attachments is not set/);
    writeFileSync(join(registriesDirectory, "3.yaml"), "docker:\n  mirror.io/copy: {}\n");
    await fails(
      verify([good]),
      "Failed",
      /3\.yaml has the scope "mirror\.io\/copy", which another file or line has too/,
    );
    writeFileSync(join(registriesDirectory, "3.yaml"), "dockers: {}\n");
    await fails(verify([good]), "Failed", /3\.yaml: has the unknown key "dockers"/);
  });

  it("is not had with a key that is none, or that is not there", async () => {
    writeFileSync(join(dir, "cosign.pub"), "PEM");
    await fails(verify([good]), "Failed", /cosign\.pub is no public key/);
    rmSync(join(dir, "cosign.pub"));
    await fails(verify([good]), "Failed", /ENOENT.*cosign\.pub/);
  });

  for (const [what, requirement, wanted] of [
    ["by fulcio", { fulcio: {}, rekorPublicKeyPath: "/r" }, /not those of fulcio or pki/],
    ["in Rekor", { keyPath: "/k", rekorPublicKeyPath: "/r" }, /entries of Rekor cannot be verified here/],
  ] as const)
    it(`is not even asked for where it has to be ${what}, which cannot be proved here`, async () => {
      require(requirement);
      await fails(
        keeper.admit(parseReference("quay.io/app"), never).then(() => {}),
        "Failed",
        wanted,
      );
    });
});
