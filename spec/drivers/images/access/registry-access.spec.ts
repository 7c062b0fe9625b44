import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { keyring } from "../../../../src/drivers/images/access/keyring.ts";
import { registryAccess } from "../../../../src/drivers/images/access/registry-access.ts";
import { registryClients } from "../../../../src/drivers/images/access/registry-clients.ts";
import { endpointsBy } from "../../../../src/drivers/images/endpoints.ts";
import { parseReference } from "../../../../src/drivers/images/reference.ts";
import { parseRegistriesConf } from "../../../../src/drivers/images/registries-conf.ts";
import type { RegistryAuth } from "../../../../src/vocabulary/index.ts";
import { FakeRegistry, fails, never } from "../fake-registry.ts";

const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
const given: RegistryAuth = {
  username: "call",
  password: "s3cret",
  auth: "",
  serverAddress: "",
  identityToken: "",
  registryToken: "",
};
/** Asks everybody who they are, and lets in whoever says so. */
const asking = () =>
  FakeRegistry.start(
    ({ headers }, response) => {
      if (headers.authorization === undefined) response.setHeader("www-authenticate", 'Basic realm="r"').writeHead(401);
      response.end("{}");
    },
    { ping: false },
  );

describe("a registry of the configuration", () => {
  const dir = mkdtempSync(join(tmpdir(), "access-"));
  after(() => rmSync(dir, { recursive: true }));
  const authFile = join(dir, "auth.json");
  const access = registryAccess(
    keyring({ authFile, env: {}, home: dir, uid: 0, helperWithinMs: 1000 }),
    registryClients({ certificatePlaces: [join(dir, "certs.d")], rootFiles: [], proxyFor: () => undefined }),
  );
  after(() => access.close());
  const note = (...users: readonly (readonly [place: string, user: string])[]): void => {
    const auths = users.map(([place, user]) => [place, { auth: Buffer.from(`${user}:s3cret`).toString("base64") }]);
    writeFileSync(authFile, JSON.stringify({ auths: Object.fromEntries(auths) as unknown }));
  };
  const registriesFor = (image: string, text: string, auth?: RegistryAuth) => {
    const { rules, credentialHelpers } = parseRegistriesConf([{ file: "/r.conf", text }]);
    const reference = parseReference(image);
    return endpointsBy({ rules }, [], reference).map((endpoint) =>
      access.registryAt(endpoint, { domain: reference.domain, auth, credentialHelpers }),
    );
  };
  const insecureAt = (host: string): string => `[[registry]]\nlocation = "${host}"\ninsecure = true\n`;
  const sentTo = (fake: FakeRegistry): string | undefined =>
    fake.asked.findLast(({ headers }) => headers.authorization)?.headers.authorization;

  it("is told what came with the call, and without that what the node's files have for the repository", async () => {
    await using fake = await asking();
    note([fake.host, "host"], [`${fake.host}/team`, "team"]);
    for (const [image, auth, wanted] of [
      [`${fake.host}/team/app`, given, "call:s3cret"],
      [`${fake.host}/team/app`, undefined, "team:s3cret"],
      [`${fake.host}/app`, undefined, "host:s3cret"],
      [`${fake.host}/app`, { ...given, username: "", password: "" }, "host:s3cret"],
      [`${fake.host}/app`, { ...given, serverAddress: "https://other.io" }, "host:s3cret"],
    ] as const) {
      const [registry] = registriesFor(image, insecureAt(fake.host), auth);
      await registry?.manifest("v1", never);
      assert.equal(sentTo(fake), basic(wanted));
    }
  });

  it("that is a mirror on another host gets nothing of the call's, but what the files have for its own name", async () => {
    await using mirror = await asking();
    await using fake = await asking();
    const text = `${insecureAt(fake.host)}[[registry.mirror]]\nlocation = "${mirror.host}/copies"\ninsecure = true`;
    const [first, second] = registriesFor(`${fake.host}/app`, text, given);
    note([`${mirror.host}/copies/app`, "mirror"]);
    await first?.manifest("v1", never);
    await second?.manifest("v1", never);
    assert.deepEqual([sentTo(mirror), sentTo(fake)], [basic("mirror:s3cret"), basic("call:s3cret")]);
    note();
    const [alone] = registriesFor(`${fake.host}/app`, text, given);
    await fails(alone?.manifest("v1", never) ?? Promise.resolve(), "Failed", /\(401\), asked without credentials/);
  });

  it("that refuses is told with the source of the credentials, and without them", async () => {
    await using fake = await FakeRegistry.start(
      (_, response) => response.setHeader("www-authenticate", 'Basic realm="r"').writeHead(401).end("{}"),
      { ping: false },
    );
    note([fake.host, "anna"]);
    const [registry] = registriesFor(`${fake.host}/app`, insecureAt(fake.host));
    const refused = registry?.manifest("v1", never) ?? Promise.resolve();
    await fails(refused, "Failed", /asked as "anna" \(from .*auth\.json, for 127\.0\.0\.1:\d+\)/);
    await assert.rejects(refused, (error) => !String(error).includes("s3cret"));
  });

  it("is not asked while the node's credentials cannot be read, and is when they can again", async () => {
    await using fake = await asking();
    writeFileSync(authFile, "{");
    const [registry] = registriesFor(`${fake.host}/app`, insecureAt(fake.host));
    await fails(
      registry?.manifest("v1", never) ?? Promise.resolve(),
      "Invalid",
      /auth\.json is no file of credentials/,
    );
    assert.deepEqual(fake.asked, []);
    note([fake.host, "anna"]);
    await registry?.manifest("v1", never);
    assert.equal(sentTo(fake), basic("anna:s3cret"));
  });
});
