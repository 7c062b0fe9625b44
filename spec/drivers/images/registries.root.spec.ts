import assert from "node:assert/strict";
import { generateKeyPairSync, sign, X509Certificate, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { descriptor, type TestImage } from "../../support/busybox-image.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { pushImage, startRegistry, type TestRegistry } from "../../support/registry.ts";
import { authority, client, server } from "./access/certificates.ts";
import { fails } from "./fake-registry.ts";
import { pull } from "./images.contract.ts";
import { realStage, type RealStage } from "./images-stage.ts";

/** `s3cret`, as bcrypt has it. */
const htpasswd = "anna:$2b$04$tnD/sJO46R8M32L1zz5rfe2dLp6/CcELFXblvacok94Tq8yXhCPcO\n";
const basic = (text: string): string => Buffer.from(text).toString("base64");
const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token that docker-registry believes: signed by a key whose certificate its authority vouches for. */
const tokenFor = (repository: string): string => {
  const now = Math.floor(Date.now() / 1000);
  const header = { typ: "JWT", alg: "ES256", x5c: [new X509Certificate(client.cert).raw.toString("base64")] };
  const access = [{ type: "repository", name: repository, actions: ["pull"] }];
  const times = { iat: now - 60, nbf: now - 60, exp: now + 600 };
  const claims = { iss: "spec", sub: "anna", aud: "registry", jti: "1", ...times, access };
  const signed = `${base64url(header)}.${base64url(claims)}`;
  const signature = sign("sha256", Buffer.from(signed), { key: client.key, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
};

/** What cosign pushes beside the image `digest` of `repository`. */
const signatureOf = (repository: string, digest: string, by: KeyObject): TestImage => {
  const identity = { "docker-reference": repository };
  const critical = { identity, image: { "docker-manifest-digest": digest }, type: "cosign container image signature" };
  const payload = Buffer.from(JSON.stringify({ critical, optional: null }));
  const annotations = { "dev.cosignproject.cosign/signature": sign("sha256", payload, by).toString("base64") };
  const config = Buffer.from("{}");
  const layer = { ...descriptor(payload, "application/vnd.dev.cosign.simplesigning.v1+json"), annotations };
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const parts = { config: descriptor(config, "application/vnd.oci.image.config.v1+json"), layers: [layer] };
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...parts }));
  return { config, layers: [{ blob: payload, mediaType: layer.mediaType }], manifest, mediaType };
};

describe("Debian's docker-registry", inTestNode, () => {
  let stage: RealStage;
  let place: string;
  let secure: TestRegistry;
  let byToken: TestRegistry;
  let tokens: Server;
  const asked: string[] = [];

  before(async () => {
    stage = await realStage(5021);
    place = dirname(stage.directory);
    for (const [name, text] of Object.entries({
      "server.crt": server.cert,
      "server.key": server.key,
      "ca.crt": authority,
      htpasswd,
    }))
      writeFileSync(join(place, name), text);
    tokens = createServer(server, ({ url = "", headers }: IncomingMessage, response) => {
      const [, repository = ""] = /scope=repository%3A(.+?)%3Apull/.exec(url) ?? [];
      asked.push(`${headers.authorization ?? "nobody"} for ${decodeURIComponent(repository)}`);
      if (headers.authorization !== `Basic ${basic("anna:s3cret")}`) return void response.writeHead(401).end("{}");
      response.end(JSON.stringify({ token: tokenFor(decodeURIComponent(repository)) }));
    });
    tokens.listen(0, "127.0.0.1");
    await once(tokens, "listening");
    const realm = `https://127.0.0.1:${(tokens.address() as AddressInfo).port}/token`;
    const http = { tls: { certificate: join(place, "server.crt"), key: join(place, "server.key") } };
    // All of them serve what is pushed to the first.
    const dir = join(place, "registry");
    secure = await startRegistry({
      port: 5022,
      dir,
      more: { http, auth: { htpasswd: { realm: "spec", path: join(place, "htpasswd") } } },
    });
    const token = { realm, service: "registry", issuer: "spec", rootcertbundle: join(place, "ca.crt") };
    byToken = await startRegistry({ port: 5023, dir, more: { http, auth: { token } } });
    await stage.publish(`${stage.host}/team/app:v1`, ["bottom", "top"], "app");
  });
  after(async () => {
    await secure.stop();
    await byToken.stop();
    tokens.closeAllConnections();
    tokens.close();
    await stage.stop();
  });
  beforeEach(() => {
    asked.length = 0;
    for (const { host } of [secure, byToken]) write(`certs.d/${host}/ca.crt`, authority);
    credentials({ [`${secure.host}/team`]: "anna:s3cret", [byToken.host]: "anna:s3cret" });
    write("registries.conf", "");
    rmSync(join(place, "policy.json"), { force: true });
  });
  afterEach(async () => {
    for (const { id } of stage.images.list()) await stage.images.remove(id);
    for (const id of ["refused", "again"]) await stage.images.discard(id);
    await stage.settled();
    assert.deepEqual(stage.files(), []);
  });

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    writeFileSync(join(place, path), text);
  };
  const credentials = (users: Readonly<Record<string, string>>): void => {
    const auths = Object.entries(users).map(([key, user]) => [key, { auth: basic(user) }]);
    write("auth.json", JSON.stringify({ auths: Object.fromEntries(auths) as unknown }));
  };
  const refused = (reference: string): Promise<unknown> => pull(stage.images, reference, "refused");

  it("by TLS is trusted by certs.d, and lets in whom auth.json names for the repository", async () => {
    const image = await pull(stage.images, `${secure.host}/team/app:v1`);
    assert.deepEqual(image.config.cmd, ["app"]);
    assert.deepEqual(image.repoTags, [`${secure.host}/team/app:v1`]);
  });

  it("refuses a wrong password, and whose it was is told", async () => {
    credentials({ [secure.host]: "anna:wrong" });
    await fails(
      refused(`${secure.host}/team/app:v1`),
      "Failed",
      /\(401\), asked as "anna" \(from .*auth\.json, for 127\.0\.0\.1:5022\)/,
    );
    credentials({});
    await fails(refused(`${secure.host}/team/app:v1`), "Failed", /\(401\), asked without credentials/);
  });

  it("that nobody vouches for is not believed", async () => {
    rmSync(join(place, "certs.d", secure.host), { recursive: true });
    await fails(
      refused(`${secure.host}/team/app:v1`),
      "Failed",
      /is not trusted: .*certs\.d\/127\.0\.0\.1:5022\/ca\.crt/,
    );
  });

  it("with a token server lets in whom that knows, who alone is told the password", async () => {
    const image = await pull(stage.images, `${byToken.host}/team/app:v1`);
    assert.deepEqual(image.config.cmd, ["app"]);
    assert.deepEqual(asked, [`Basic ${basic("anna:s3cret")} for team/app`]);
    credentials({});
    await fails(
      refused(`${byToken.host}/team/app:v1`),
      "Failed",
      /a token for team\/app only to those it knows \(401\)/,
    );
  });

  it("serves for mirrors that are down, or have not the image", async () => {
    const mirrors = ["127.0.0.1:1", `${stage.host}/nowhere`].map(
      (location) => `[[registry.mirror]]\nlocation = "${location}"\ninsecure = true\n`,
    );
    write("registries.conf", `[[registry]]\nlocation = "${secure.host}"\n${mirrors.join("")}`);
    const image = await pull(stage.images, `${secure.host}/team/app:v1`);
    assert.deepEqual(image.repoTags, [`${secure.host}/team/app:v1`], "named as it was asked for");
    await fails(
      refused(`${secure.host}/team/absent:v1`),
      "NotFound",
      /is not there at 127\.0\.0\.1:5022.*; mirrors before it: RegistryUnavailable: 127\.0\.0\.1:1 cannot be reached.*; nowhere\/team\/absent:v1 is not there/,
    );
  });

  it("is not asked where it is blocked", async () => {
    write("registries.conf", `[[registry]]\nlocation = "${byToken.host}/team"\nblocked = true`);
    await fails(
      refused(`${byToken.host}/team/app:v1`),
      "Failed",
      /is not pulled: .*registries\.conf has the registry .* blocked/,
    );
    assert.deepEqual(asked, []);
  });

  it("is not asked for what the policy rejects, and is for what it accepts", async () => {
    const docker = { [`${byToken.host}/team`]: [{ type: "insecureAcceptAnything" }] };
    write("policy.json", JSON.stringify({ default: [{ type: "reject" }], transports: { docker } }));
    await fails(
      refused(`${secure.host}/team/app:v1`),
      "Failed",
      /^SignatureValidationFailed: .* is rejected by the policy/,
    );
    const image = await pull(stage.images, `${byToken.host}/team/app:v1`);
    assert.deepEqual(image.config.cmd, ["app"]);
  });

  it("has an image that is signed by cosign's key, and not the same one without, or with another's signature", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    write("cosign.pub", publicKey.export({ type: "spki", format: "pem" }));
    write("registries.d/0.yaml", `docker:\n  ${stage.host}:\n    use-sigstore-attachments: true\n`);
    const requirement = {
      type: "sigstoreSigned",
      keyPath: join(place, "cosign.pub"),
      signedIdentity: { type: "matchRepository" },
    };
    write("policy.json", JSON.stringify({ default: [requirement] }));
    await stage.publish(`${stage.host}/signed/app:v1`, ["signed"], "signed");
    const { headers } = await fetch(`http://${stage.host}/v2/signed/app/manifests/v1`, {
      headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
    });
    const digest = headers.get("docker-content-digest") ?? "";
    const publishSignature = (by: KeyObject): Promise<void> =>
      pushImage(
        stage.host,
        "signed/app",
        `${digest.replace(":", "-")}.sig`,
        signatureOf(`${stage.host}/signed/app`, digest, by),
      );
    await fails(
      refused(`${stage.host}/signed/app:v1`),
      "Failed",
      /^SignatureValidationFailed: .* there is no signature of sha256:/,
    );
    await publishSignature(generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey);
    await fails(refused(`${stage.host}/signed/app:v1`), "Failed", /^SignatureValidationFailed: .* by none of the keys/);
    await publishSignature(privateKey);
    const image = await pull(stage.images, `${stage.host}/signed/app:v1`);
    assert.deepEqual(image.config.cmd, ["signed"]);
  });

  it("has an image by a short name, under which it is found, and removed", async () => {
    write("registries.conf", `[aliases]\napp = "${secure.host}/team/app"`);
    const image = await pull(stage.images, "app:v1", "again");
    assert.deepEqual(image.repoTags, [`${secure.host}/team/app:v1`]);
    assert.deepEqual(stage.images.find("app:v1"), image);
    assert.equal(stage.images.find("app:v2"), undefined);
    await stage.images.remove("app:v1");
    assert.equal(stage.images.find("app:v1"), undefined);
  });

  it("is searched for a short name in the order of the list where the mode says so", async () => {
    write(
      "registries.conf",
      `unqualified-search-registries = ["127.0.0.1:1", "${stage.host}"]\nshort-name-mode = "permissive"`,
    );
    const image = await pull(stage.images, "team/app:v1", "again");
    assert.deepEqual(image.repoTags, [`${stage.host}/team/app:v1`]);
    await fails(
      refused("team/absent:v1"),
      "NotFound",
      /team\/absent:v1 is not there at 127\.0\.0\.1:5021.*; other hosts of this short name: RegistryUnavailable: 127\.0\.0\.1:1/,
    );
  });
});
