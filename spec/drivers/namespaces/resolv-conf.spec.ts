import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { resolvConf } from "../../../src/drivers/namespaces/resolv-conf.ts";

describe("resolv.conf of a pod", () => {
  it("has search domains, servers and options in this order", () => {
    const dns = {
      servers: ["10.96.0.10", "fd00::10"],
      searches: ["ns.svc.cluster.local", "svc"],
      options: ["ndots:5", "edns0"],
    };
    assert.equal(
      resolvConf(dns),
      "search ns.svc.cluster.local svc\nnameserver 10.96.0.10\nnameserver fd00::10\noptions ndots:5 edns0\n",
    );
  });

  it("leaves out what is not given", () => {
    assert.equal(resolvConf({ servers: ["10.96.0.10"], searches: [], options: [] }), "nameserver 10.96.0.10\n");
  });

  it("of a pod that gives nothing is not this file's matter", () => {
    assert.equal(resolvConf({ servers: [], searches: [], options: [] }), undefined);
  });

  it("takes no value that would be a line of its own", () => {
    const none = { servers: [], searches: [], options: [] };
    assert.throws(() => resolvConf({ ...none, servers: ["1.1.1.1\noptions x"] }), {
      code: "Invalid",
      message: /DNS server/,
    });
    assert.throws(() => resolvConf({ ...none, searches: ["a b"] }), {
      code: "Invalid",
      message: /DNS search domain "a b"/,
    });
    assert.throws(() => resolvConf({ ...none, options: ["a\n"] }), { code: "Invalid", message: /DNS option/ });
  });
});
