import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { proxiesIn } from "../../../../src/drivers/images/access/proxies.ts";

const proxy = "http://proxy.corp:3128";
const isProxied = (noProxy: string, url: string): boolean =>
  proxiesIn({ HTTPS_PROXY: proxy, HTTP_PROXY: proxy, NO_PROXY: noProxy })(new URL(url)) !== undefined;

describe("the proxy of a URL", () => {
  it("is by its scheme, by the variables in either case, upper case first", () => {
    const env = { HTTPS_PROXY: "http://s:1", https_proxy: "http://x:1", http_proxy: "http://p:2" };
    const proxyFor = proxiesIn(env);
    assert.deepEqual(proxyFor(new URL("https://quay.io/v2/")), {
      url: "http://s:1/",
      shown: "http://s:1",
      variable: "HTTPS_PROXY",
    });
    assert.equal(proxyFor(new URL("http://quay.io/v2/"))?.variable, "http_proxy");
    assert.equal(proxiesIn({ HTTP_PROXY: proxy })(new URL("https://quay.io")), undefined);
    assert.equal(proxiesIn({ HTTPS_PROXY: "" })(new URL("https://quay.io")), undefined);
  });

  it("may be without a scheme, and is shown without its password", () => {
    const found = proxiesIn({ HTTPS_PROXY: "anna:s3cret@proxy:3128" })(new URL("https://quay.io"));
    assert.deepEqual(found, {
      url: "http://anna:s3cret@proxy:3128/",
      shown: "http://proxy:3128",
      variable: "HTTPS_PROXY",
    });
  });

  for (const [value, wanted] of [
    [
      "socks5://anna:s3cret@proxy:1080",
      /HTTPS_PROXY in the environment is socks5:\/\/proxy:1080: a proxy is spoken to by http/,
    ],
    ["http://anna:s3cret@:70000", /HTTPS_PROXY in the environment is no URL of a proxy/],
  ] as const)
    it(`is an error without its password where it can be no proxy: ${value.replace("s3cret", "…")}`, () => {
      assert.throws(
        () => proxiesIn({ HTTPS_PROXY: value })(new URL("https://quay.io")),
        (error) => error instanceof Error && wanted.test(error.message) && !error.message.includes("s3cret"),
      );
      assert.equal(proxiesIn({ HTTPS_PROXY: value })(new URL("https://127.0.0.1")), undefined);
    });

  it("is never one for this machine", () => {
    for (const host of ["localhost", "127.0.0.1:5000", "127.1.2.3", "[::1]:5000"])
      assert.equal(isProxied("", `https://${host}/v2/`), false, host);
    assert.equal(isProxied("", "https://localhost.corp/"), true);
  });

  for (const [noProxy, direct, proxied] of [
    [
      "quay.io",
      ["https://quay.io", "https://cdn.quay.io:8443", "https://QUAY.io"],
      ["https://notquay.io", "https://quay.io.evil"],
    ],
    [".quay.io", ["https://cdn.quay.io"], ["https://quay.io", "https://notquay.io"]],
    ["*.quay.io", ["https://cdn.quay.io"], ["https://quay.io"]],
    ["10.0.0.0/8", ["https://10.1.2.3:5000", "http://10.0.0.1"], ["https://11.0.0.1", "https://ten.corp"]],
    ["fd00::/8", ["https://[fd12::1]:5000"], ["https://[fe80::1]"]],
    ["10.1.2.3", ["https://10.1.2.3", "https://10.1.2.3:5000"], ["https://10.1.2.4"]],
    ["10.1.2.3:5000", ["https://10.1.2.3:5000"], ["https://10.1.2.3"]],
    ["[fd00::1]:443,fd00::2", ["https://[fd00::1]", "https://[fd00::2]:7"], ["https://[fd00::1]:7"]],
    ["quay.io:443", ["https://quay.io", "https://cdn.quay.io"], ["https://quay.io:8443", "http://quay.io"]],
    [" a.org , , B.org ", ["https://a.org", "https://b.org"], ["https://c.org"]],
    ["a.org,*", ["https://anything.at.all"], []],
    ["10.0.0.0/99, nonsense/8, :80", [], ["https://10.0.0.1", "http://a.org"]],
  ] as const)
    it(`is none by NO_PROXY=${noProxy} for ${direct.join(", ") || "nobody"}`, () => {
      for (const url of direct) assert.equal(isProxied(noProxy, url), false, url);
      for (const url of proxied) assert.equal(isProxied(noProxy, url), true, url);
    });
});
