/** Who `troupe ui` lets in: whoever has its link, once, from the page itself, and nobody else's page. */
import assert from "node:assert/strict";
import { request, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { after, before, describe, it } from "node:test";
import type { Helper } from "../../support/page-helper.ts";
import { PageStage } from "../../support/page-stage.ts";

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

describe("troupe ui", () => {
  let stage: PageStage;
  let helper: Helper;
  let port: number;
  let secret: string;

  const begun = (path: string, { method = "GET", headers = {} }: Asked = {}): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const host = `127.0.0.1:${port}`;
      request({ host: "127.0.0.1", port, path, method, headers: { host, ...headers } }, resolve)
        .on("error", reject)
        .end();
    });
  const ask = async (path: string, asked?: Asked): Promise<Answer> => {
    const response = await begun(path, asked);
    let text = "";
    for await (const chunk of response.setEncoding("utf8")) text += String(chunk);
    return { status: response.statusCode ?? 0, headers: response.headers, text };
  };
  const exchange = (link: string): Promise<Answer> =>
    ask("/session", { method: "POST", headers: { "x-troupe-token": /#token=(.+)$/.exec(link)?.[1] ?? "" } });

  before(async () => {
    stage = new PageStage();
    stage.node();
    stage.pod(1, { pod: "<script>alert(1)</script>" });
    helper = await stage.open();
    port = Number(new URL(helper.link).port);
    const { text } = await exchange(helper.link);
    ({ secret } = JSON.parse(text) as { secret: string });
  });
  after(() => stage.close());

  it("speaks on 127.0.0.1 alone, and keeps its token where no server and no log sees it", () => {
    const { hostname, hash, search } = new URL(helper.link);
    assert.equal(hostname, "127.0.0.1");
    assert.match(hash, /^#token=[\w-]{43}$/);
    assert.equal(search, "");
  });

  it("takes a token once, and an older link no more when there is a newer one", async () => {
    assert.equal((await exchange(helper.link)).status, 401);
    const [older, newer] = [await helper.another(), await helper.another()];
    assert.equal((await exchange(older)).status, 401);
    assert.equal((await exchange(newer)).status, 200);
    assert.equal((await ask("/session", { method: "POST" })).status, 401);
  });

  it("tells nothing of the node without a tab's secret", async () => {
    assert.equal((await ask("/records")).status, 401);
    assert.equal((await ask("/records?secret=guessed")).status, 401);
    for (const path of ["/", "/page.js", "/style.css", "/charts.json"])
      assert.ok(!(await ask(path)).text.includes("alert(1)"), path);
  });

  it("refuses names that a foreign DNS may lead here", async () => {
    for (const host of [`evil.example:${port}`, "evil.example", `127.0.0.1.evil.example:${port}`])
      assert.equal((await ask("/", { headers: { host } })).status, 403, host);
    assert.equal((await ask("/", { headers: { host: `localhost:${port}` } })).status, 200);
  });

  it("refuses what another site's page asks", async () => {
    const origins = ["http://evil.example", "null", `http://127.0.0.1:${port + 1}`, `https://127.0.0.1:${port}`];
    for (const origin of origins)
      assert.equal((await ask(`/records?secret=${secret}`, { headers: { origin } })).status, 403, origin);
    for (const site of ["cross-site", "same-site"])
      assert.equal((await ask("/", { headers: { "sec-fetch-site": site } })).status, 403, site);
    const preflight = await ask("/session", { method: "OPTIONS", headers: { origin: `http://127.0.0.1:${port}` } });
    assert.equal(preflight.headers["access-control-allow-origin"], undefined);
    assert.equal(preflight.status, 404);
  });

  it("has no page for paths with tricks", async () => {
    const tricks = [
      "/../page.js",
      "/%2e%2e/page.js",
      "//page.js",
      "/page.js/",
      "/./page.js",
      "/page.js%00",
      "/etc/passwd",
    ];
    for (const path of [...tricks, `http://127.0.0.1:${port}/page.js`])
      assert.equal((await ask(path)).status, 404, path);
    assert.equal((await ask("/page.js", { method: "DELETE" })).status, 405);
  });

  it("lets nothing run, load or frame that is not its own", async () => {
    for (const path of ["/", "/nowhere", "/records"]) {
      const { headers } = await ask(path);
      const policy = String(headers["content-security-policy"]);
      assert.match(policy, /default-src 'none'/);
      assert.ok(!policy.includes("unsafe"), policy);
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.equal(headers["set-cookie"], undefined);
      assert.equal(headers["access-control-allow-origin"], undefined);
    }
    const { text } = await ask("/");
    assert.ok(!/<script>|<style|style=|\son\w+=|https?:/.test(text), text);
  });

  it("changes nothing unless it was started to", async () => {
    const headers = { "x-troupe-secret": secret };
    const refused = await ask("/retry?actor=container/c", { method: "POST", headers });
    assert.equal(refused.status, 403);
    assert.match(refused.text, /--allow-actions/);
    const acting = await stage.open("--allow-actions");
    port = Number(new URL(acting.link).port);
    const strange = await ask("/retry?actor=container/c", { method: "POST", headers });
    assert.equal(strange.status, 401);
    const own = JSON.parse((await exchange(acting.link)).text) as { secret: string };
    const asked = { method: "POST", headers: { "x-troupe-secret": own.secret } };
    const answer = await ask("/retry?actor=container/c", asked);
    assert.equal(answer.status, 502);
    assert.match(answer.text, /no daemon answers/);
    port = Number(new URL(helper.link).port);
  });
});
