import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readBody } from "../../../src/drivers/images/http.ts";
import { FakeRegistry, fails, never } from "./fake-registry.ts";

const password = { kind: "password", username: "anna", password: "secret" } as const;
const basic = `Basic ${Buffer.from("anna:secret").toString("base64")}`;

describe("a registry that asks who it is", () => {
  const bearer = (host: string) =>
    `Bearer realm="http://${host}/token?x=1",service="fake",scope="repository:library/app:pull"`;
  const tokenRegistry = (accepts: (token: string) => boolean, tokens: string[]) =>
    FakeRegistry.start(
      ({ path, headers }, response) => {
        if (path.startsWith("/token")) response.end(JSON.stringify({ token: tokens.shift() }));
        else if (accepts(headers.authorization ?? "")) response.end("{}");
        else {
          response.setHeader("www-authenticate", bearer(headers.host ?? ""));
          response.writeHead(401).end('{"errors":[{"code":"UNAUTHORIZED"}]}');
        }
      },
      { ping: false },
    );

  it("gets a token that anyone may have", async () => {
    await using fake = await tokenRegistry((token) => token === "Bearer one", ["one"]);
    await fake.open().manifest("v1", never);
    assert.deepEqual(fake.paths, [
      "/token?x=1&scope=repository%3Alibrary%2Fapp%3Apull&service=fake",
      "/v2/library/app/manifests/v1",
    ]);
    assert.equal(fake.asked.find(({ path }) => path.startsWith("/token"))?.headers.authorization, undefined);
  });

  it("gets a token for the user, whose password goes to the token server alone", async () => {
    await using fake = await tokenRegistry((token) => token === "Bearer one", ["one"]);
    await fake.open({ credentials: password }).manifest("v1", never);
    const sent = fake.asked.map(({ headers }) => headers.authorization);
    assert.deepEqual(sent, [undefined, basic, "Bearer one"]);
  });

  it("exchanges an identity token by a form", async () => {
    await using fake = await tokenRegistry((token) => token === "Bearer one", ["one"]);
    await fake.open({ credentials: { kind: "identity", token: "id" } }).manifest("v1", never);
    const { method, body } = fake.asked.find(({ path }) => path.startsWith("/token")) ?? {};
    assert.equal(method, "POST");
    assert.match(body ?? "", /grant_type=refresh_token&refresh_token=id&client_id=troupe/);
  });

  it("gets a new token once when the old one has run out, for all blobs together", async () => {
    const good = new Set(["Bearer one"]);
    await using fake = await tokenRegistry((token) => good.has(token), ["one", "two", "three"]);
    const registry = fake.open();
    await registry.manifest("v1", never);
    good.clear();
    good.add("Bearer two");
    const answers = await Promise.all(["a", "b", "c"].map((blob) => registry.blob(blob, 0, never)));
    for (const answer of answers) await readBody(answer, { limit: 10, what: "a blob" }, never);
    assert.equal(fake.paths.filter((path) => path.startsWith("/token")).length, 2);
  });

  it("that still says no is believed, and told as whom it was asked", async () => {
    await using fake = await tokenRegistry(() => false, ["one", "two", "three"]);
    await fails(
      fake.open({ credentials: password }).manifest("v1", never),
      "Failed",
      /only to those it knows \(401\), asked as "anna": UNAUTHORIZED/,
    );
    assert.equal(fake.paths.filter((path) => path.startsWith("/v2/library")).length, 2);
    await using other = await tokenRegistry(() => false, ["one", "two", "three"]);
    await fails(other.open().manifest("v1", never), "Failed", /asked without credentials/);
  });

  it("by Basic gets name and password", async () => {
    await using fake = await FakeRegistry.start(
      ({ headers }, response) => {
        if (headers.authorization !== basic) response.setHeader("www-authenticate", 'Basic realm="r"').writeHead(401);
        response.end("{}");
      },
      { ping: false },
    );
    await fake.open({ credentials: password }).manifest("v1", never);
    await fails(fake.open().manifest("v1", never), "Failed", /\(401\), asked without credentials/);
  });

  it("and forbids says so, with its reason", async () => {
    await using fake = await FakeRegistry.start((_, response) => {
      response.writeHead(403).end('{"errors":[{"code":"DENIED","message":"not yours"}]}');
    });
    await fails(
      fake.open().manifest("v1", never),
      "Failed",
      /denies access to library\/app:v1 \(403\), .*: DENIED not yours/,
    );
  });

  it("must not send credentials over plain http unless it is insecure", async () => {
    await using fake = await tokenRegistry(() => false, ["one"]);
    const endpoint = { base: `http://${fake.host}`, repository: "library/app", insecure: false };
    await fails(
      fake.open({ endpoint, credentials: password }).manifest("v1", never),
      "Failed",
      /sends to http:\/\/127.0.0.1:\d+ for a token: https is needed/,
    );
  });

  it("and never ends its answer is cut at 1 MiB", async () => {
    await using fake = await FakeRegistry.start(
      ({ path, headers }, response) => {
        if (path.startsWith("/token")) response.end("x".repeat(2 << 20));
        else
          response
            .setHeader("www-authenticate", bearer(headers.host ?? ""))
            .writeHead(401)
            .end();
      },
      { ping: false },
    );
    await fails(
      fake.open().manifest("v1", never),
      "Failed",
      /answer to a token request from .* larger than 1048576 bytes/,
    );
  });

  it("and answers without a token is told", async () => {
    await using fake = await tokenRegistry(() => true, []);
    await using other = await tokenRegistry(() => false, []);
    await fake.open().manifest("v1", never);
    await fails(other.open().manifest("v1", never), "Failed", /answered a token request with no token/);
  });
});
