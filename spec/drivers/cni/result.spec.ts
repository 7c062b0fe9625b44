import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { podIps } from "../../../src/drivers/cni/result.ts";
import { oneAddress } from "./fake-plugins.ts";

describe("the addresses of a result", () => {
  it("are read in the form that versions up to 0.2.0 have", () => {
    assert.deepEqual(podIps({ ip4: { ip: "10.0.0.2/24" }, ip6: { ip: "fd00::2/64" } }, "eth0"), [
      "10.0.0.2",
      "fd00::2",
    ]);
    assert.deepEqual(podIps({ ip6: { ip: "fd00::2/64" } }, "eth0"), ["fd00::2"]);
  });

  it("are read in the form of 0.3.0 to 0.4.0", () => {
    const ips = [
      { version: "6", address: "fd00::2/64" },
      { version: "4", address: "10.0.0.2/24", interface: 0 },
    ];
    assert.deepEqual(podIps({ interfaces: [{ name: "eth0", sandbox: "/ns" }], ips }, "eth0"), ["fd00::2", "10.0.0.2"]);
  });

  it("are read in the form of 1.x", () => {
    assert.deepEqual(podIps(oneAddress, "eth0"), ["10.88.0.5"]);
  });

  it("are not those of the host's end, of another interface or of none that is listed", () => {
    const interfaces = [{ name: "eth0" }, { name: "net1", sandbox: "/ns" }];
    const ips = [0, 1, 7].map((index) => ({ address: `10.0.0.${index}/24`, interface: index }));
    assert.deepEqual(podIps({ interfaces, ips }, "eth0"), []);
  });

  it("of an empty result are none", () => {
    assert.deepEqual(podIps({}, "eth0"), []);
    assert.deepEqual(podIps({ ips: [null, {}, { address: 7 }] }, "eth0"), []);
  });
});
