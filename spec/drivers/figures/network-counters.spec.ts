import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DescriptorBudget } from "../../../src/drivers/figures/kept-files.ts";
import { NetworkCounters, parseCounters } from "../../../src/drivers/figures/network-counters.ts";

const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0
  eth0: 1048576     700    1    2    3     4          5         6     2048      30    7    8    9    10      11         12
net1.5:18446744073709551615 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0
`;

describe("the counters of a network namespace", () => {
  it("are by interface, without lo", () => {
    const [eth0, net1, ...others] = parseCounters(text);
    assert.deepEqual(eth0, {
      name: "eth0",
      received: { bytes: 1048576, packets: 700, errors: 1, dropped: 2 },
      sent: { bytes: 2048, packets: 30, errors: 7, dropped: 8 },
    });
    assert.deepEqual([net1?.name, net1?.received.packets, others], ["net1.5", 1, []]);
  });

  it("are absent where the pin is gone, or is a plain file", () => {
    for (const pin of ["/nowhere/pin", "/etc/passwd"])
      assert.equal(new NetworkCounters(pin, new DescriptorBudget(1)).read("1"), undefined);
  });
});
