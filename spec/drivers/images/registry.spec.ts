import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import { readBody, httpClient } from "../../../src/drivers/images/http.ts";
import { openRegistry } from "../../../src/drivers/images/registry.ts";
import { requestFailure } from "../../../src/drivers/images/registry-failures.ts";
import { FakeRegistry, fails, never } from "./fake-registry.ts";

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(1 << 16, "{");
}

describe("a registry", () => {
  it("is asked for OCI's and Docker's manifests and indexes at once", async () => {
    await using fake = await FakeRegistry.start((_, response) => {
      response.setHeader("content-type", "application/vnd.oci.image.index.v1+json; charset=utf-8").end("body");
    });
    const answer = await fake.open().manifest("v1", never);
    assert.deepEqual(answer, {
      bytes: Buffer.from("body"),
      contentType: "application/vnd.oci.image.index.v1+json",
      digest: "",
    });
    assert.equal(fake.asked.at(-1)?.path, "/v2/library/app/manifests/v1");
    assert.equal(fake.asked.at(-1)?.headers.accept?.split(", ").length, 4);
    assert.equal(fake.asked.at(-1)?.headers.authorization, undefined);
  });

  it("without the image says NotFound, with the registry's own words", async () => {
    await using fake = await FakeRegistry.start((_, response) => {
      response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest\\u001b unknown"}]}');
    });
    await fails(
      fake.open().manifest("v1", never),
      "NotFound",
      /^library\/app:v1 is not there at 127.0.0.1:\d+: MANIFEST_UNKNOWN manifest  unknown$/,
    );
  });

  it("that is down, or answers 5xx, is RegistryUnavailable", async () => {
    const gone = await FakeRegistry.start(() => {});
    const { host } = gone;
    await gone[Symbol.asyncDispose]();
    const http = httpClient({ insecure: false });
    const endpoint = { base: `http://${host}`, repository: "app", insecure: false };
    const registry = openRegistry({ endpoint, http, credentials: undefined });
    await fails(
      registry.manifest("v1", never),
      "Unavailable",
      /^RegistryUnavailable: 127.0.0.1:\d+ cannot be reached: .*ECONNREFUSED/,
    );
    await http.close();
    await using fake = await FakeRegistry.start((_, response) => {
      response.writeHead(503).end("<html><h1>busy</h1></html>");
    });
    await fails(
      fake.open().manifest("v1", never),
      "Unavailable",
      /^RegistryUnavailable: .* answered 503 for library\/app:v1$/,
    );
  });

  it("that is a web server of another kind is told as such", async () => {
    await using fake = await FakeRegistry.start((_, response) => response.writeHead(404).end(), { ping: false });
    await fails(fake.open().manifest("v1", never), "Failed", /is no container registry: it has no \/v2\//);
  });

  it("listed as insecure is found over plain http when https fails", async () => {
    await using fake = await FakeRegistry.start((_, response) => response.end("{}"));
    const endpoint = { base: `https://${fake.host}`, repository: "app", insecure: true };
    assert.equal((await fake.open({ endpoint }).manifest("v1", never)).bytes.toString(), "{}");
    await fails(fake.open({ endpoint: { ...endpoint, insecure: false } }).manifest("v1", never), "Failed", /./);
  });

  it("that never ends its answer is cut at 4 MiB", async () => {
    await using fake = await FakeRegistry.start((_, response) => {
      Readable.from(endless()).pipe(response);
    });
    await fails(
      fake.open().manifest("v1", never),
      "Failed",
      /the manifest of library\/app:v1 .* is larger than 4194304 bytes/,
    );
  });

  it("is left alone when the pull is called off", async () => {
    const caller = new AbortController();
    await using fake = await FakeRegistry.start(() => caller.abort());
    await fails(fake.open().manifest("v1", caller.signal), "Cancelled", /was called off/);
  });
});

describe("a redirect", () => {
  const token = { kind: "bearer", token: "t" } as const;
  const read = async (fake: FakeRegistry) =>
    (
      await readBody(await fake.open({ credentials: token }).blob("b", 5, never), { limit: 100, what: "it" }, never)
    ).toString();

  it("to another server takes no credentials along, but the range", async () => {
    await using stranger = await FakeRegistry.start((_, response) => response.writeHead(206).end("blob"), {
      ping: false,
    });
    await using fake = await FakeRegistry.start((_, response) => {
      response.writeHead(307, { location: `http://${stranger.host}/signed?key=1` }).end("moved");
    });
    assert.equal(await read(fake), "blob");
    assert.equal(stranger.asked[0]?.headers.authorization, undefined);
    assert.equal(stranger.asked[0]?.headers.range, "bytes=5-");
    assert.equal(fake.asked.at(-1)?.headers.authorization, "Bearer t");
  });

  it("within the registry keeps them", async () => {
    await using fake = await FakeRegistry.start(({ path }, response) => {
      if (path === "/elsewhere") response.writeHead(206).end("blob");
      else response.writeHead(302, { location: "/elsewhere" }).end();
    });
    assert.equal(await read(fake), "blob");
    assert.equal(fake.asked.at(-1)?.headers.authorization, "Bearer t");
  });

  for (const [location, why] of [
    ["/again", /redirects more than 5 times/],
    ["file:///etc/passwd", /redirects to file:\/\/, which is not https/],
    ["http://[", /without saying where to/],
    ["", /without saying where to/],
  ] as const)
    it(`to ${JSON.stringify(location)} is refused`, async () => {
      await using fake = await FakeRegistry.start((_, response) => response.writeHead(307, { location }).end());
      await fails(read(fake), "Failed", why);
    });

  it("from https to plain http is refused", async () => {
    await using fake = await FakeRegistry.start((_, response) => response.writeHead(307, { location: "/x" }).end(), {
      ping: false,
    });
    const http = httpClient({ insecure: false });
    await fails(http.send({ url: `http://${fake.host}/`, headers: {} }, never), "Failed", /which is not https/);
    await http.close();
  });
});

describe("a request that fails", () => {
  const failure = (code: string) => requestFailure(Object.assign(new Error("why"), { code }), "quay.io", never);

  for (const code of ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ECONNRESET", "ETIMEDOUT"])
    it(`with ${code} is RegistryUnavailable`, () => {
      assert.equal(failure(code).code, "Unavailable");
      assert.equal(failure(code).message, "RegistryUnavailable: quay.io cannot be reached: why");
    });
  for (const code of ["CERT_HAS_EXPIRED", "ERR_TLS_CERT_ALTNAME_INVALID"])
    it(`with ${code} is a matter of trust`, () => {
      assert.equal(failure(code).message, "the certificate of quay.io is not trusted: why");
    });
  for (const code of ["DEPTH_ZERO_SELF_SIGNED_CERT", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"])
    it(`with ${code} is one too, and says where trust is written down`, () => {
      assert.equal(
        failure(code).message,
        "the certificate of quay.io is not trusted: why; its authority's certificate belongs in /etc/containers/certs.d/quay.io/ca.crt",
      );
    });
});
