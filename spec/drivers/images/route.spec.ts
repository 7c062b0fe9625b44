import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, describe, it } from "node:test";
import { keyring } from "../../../src/drivers/images/access/keyring.ts";
import { proxiesIn } from "../../../src/drivers/images/access/proxies.ts";
import { registryAccess } from "../../../src/drivers/images/access/registry-access.ts";
import { registryClients } from "../../../src/drivers/images/access/registry-clients.ts";
import { configuredRegistries } from "../../../src/drivers/images/registries.ts";
import { gatekeeper } from "../../../src/drivers/images/trust/gatekeeper.ts";
import { imageRoute } from "../../../src/drivers/images/route.ts";
import { authority, client } from "./access/certificates.ts";
import { never } from "./fake-registry.ts";

const s3cret = Buffer.from("anna:s3cret").toString("base64");

describe("the route of an image", () => {
  const dir = mkdtempSync(join(tmpdir(), "route-"));
  after(() => rmSync(dir, { recursive: true }));
  const write = (path: string, text: string): void => {
    mkdirSync(join(dir, path, ".."), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  beforeEach(() => {
    rmSync(dir, { recursive: true });
    mkdirSync(dir);
    write("policy.json", '{"default":[{"type":"insecureAcceptAnything"}]}');
  });
  /** As JSON, without the directory of this spec; no secret is anywhere in it. */
  const route = async (image: string, env: Readonly<Record<string, string>> = {}): Promise<unknown> => {
    const registries = configuredRegistries({
      file: join(dir, "r.conf"),
      aliasesFile: join(dir, "aliases.conf"),
      insecure: [],
      warn: assert.fail,
    });
    const access = registryAccess(
      keyring({ authFile: join(dir, "auth.json"), env: {}, home: dir, uid: 0, helperWithinMs: 1000 }),
      registryClients({ certificatePlaces: [join(dir, "certs.d")], rootFiles: [], proxyFor: proxiesIn(env) }),
    );
    const text = JSON.stringify(
      await imageRoute(
        image,
        { registries, access, gatekeeper: gatekeeper({ registriesDirectory: dir, file: join(dir, "policy.json") }) },
        never,
      ),
    );
    assert.doesNotMatch(text, /s3cret/);
    assert(!text.includes(s3cret));
    return JSON.parse(text.replaceAll(dir, ""));
  };

  const policy = { by: "the default", file: "/policy.json", requires: ["insecureAcceptAnything"] };

  it("is the registry itself where nothing is configured", async () => {
    assert.deepEqual(await route("busybox"), {
      image: "busybox",
      candidates: [
        {
          reference: "docker.io/library/busybox:latest",
          because: "Docker Hub, for no unqualified-search-registries are set",
          policy,
          stops: [
            {
              url: "https://registry-1.docker.io/v2/library/busybox/manifests/latest",
              isMirror: false,
              insecure: false,
            },
          ],
        },
      ],
    });
  });

  it("has mirrors, rules, sources of credentials, certificates and proxies at each stop", async () => {
    write(
      "r.conf",
      '[[registry]]\nprefix = "quay.io/team"\nlocation = "other.io/moved"\n[[registry.mirror]]\nlocation = "10.0.0.1:5000/m"\ninsecure = true',
    );
    write(
      "auth.json",
      JSON.stringify({ auths: { "other.io": { auth: s3cret }, "10.0.0.1:5000/m": { identitytoken: "s3cret" } } }),
    );
    write("certs.d/other.io/ca.crt", authority);
    write("certs.d/other.io/a.cert", client.cert);
    write("certs.d/other.io/a.key", client.key);
    const rule = { prefix: "quay.io/team", file: "/r.conf" };
    assert.deepEqual(
      await route("quay.io/team/app:v1", { HTTPS_PROXY: "http://anna:s3cret@p:1", NO_PROXY: "10.0.0.0/8" }),
      {
        image: "quay.io/team/app:v1",
        candidates: [
          {
            reference: "quay.io/team/app:v1",
            because: "as written",
            policy,
            stops: [
              {
                url: "https://10.0.0.1:5000/v2/m/app/manifests/v1",
                isMirror: true,
                insecure: true,
                rule,
                credentials: { as: "a token", from: "/auth.json, for 10.0.0.1:5000/m" },
              },
              {
                url: "https://other.io/v2/moved/app/manifests/v1",
                isMirror: false,
                insecure: false,
                rule,
                credentials: { as: '"anna"', from: "/auth.json, for other.io" },
                certificates: { directory: "/certs.d/other.io", authorities: 1, clients: 1 },
                proxy: { url: "http://p:1", variable: "HTTPS_PROXY" },
              },
            ],
          },
        ],
      },
    );
  });

  it("has each host of a short name, and of a blocked one why nobody is asked", async () => {
    write(
      "r.conf",
      'unqualified-search-registries = ["a.org", "b.org"]\nshort-name-mode = "permissive"\n[[registry]]\nlocation = "a.org"\nblocked = true',
    );
    const { candidates } = (await route("app")) as {
      candidates: { reference: string; problem?: string; stops: unknown[] }[];
    };
    assert.deepEqual(
      candidates.map(({ reference, problem, stops }) => [reference, problem, stops.length]),
      [
        ["a.org/app:latest", 'a.org/app is not pulled: /r.conf has the registry "a.org" blocked', 0],
        ["b.org/app:latest", undefined, 1],
      ],
    );
  });

  it("says at its place what a pull would fail of", async () => {
    write("auth.json", `{"auths": s3cret`);
    write("certs.d/quay.io/a.key", client.key);
    write("policy.json", "{}");
    const { candidates } = (await route("quay.io/app", { HTTPS_PROXY: "socks5://anna:s3cret@p:1" })) as {
      candidates: { policy: { problem: string }; stops: Record<string, { problem: string }>[] }[];
    };
    assert.match(candidates[0]?.policy.problem ?? "", /^\/policy\.json: has no default/);
    const [stop] = candidates[0]?.stops ?? [];
    assert.match(stop?.["credentials"]?.problem ?? "", /^\/auth\.json is no file of credentials/);
    assert.match(stop?.["certificates"]?.problem ?? "", /a\.key is there without its certificate/);
    assert.match(stop?.["proxy"]?.problem ?? "", /is socks5:\/\/p:1: a proxy is spoken to by http or https/);
    write("r.conf", "[[registry");
    assert.match(((await route("quay.io/app")) as { problem: string }).problem, /^\/r\.conf cannot be read/);
  });

  it("is none of what is no reference", async () => {
    await assert.rejects(route("No Name"), { code: "Invalid" });
  });
});
