import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { describe, it } from "node:test";
import { Registry } from "prom-client";
import { MetricsPort } from "../../src/composition/metrics-port.ts";

const host = "127.0.0.1";
/** Two ports that were free a moment ago. */
const freePorts = async (): Promise<readonly [number, number]> => {
  const servers = [createServer(), createServer()];
  await Promise.all(servers.map((server) => once(server.listen(0, host), "listening")));
  const [one = 0, other = 0] = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return [one, other];
};
const answers = (port: number): Promise<boolean> =>
  fetch(`http://${host}:${port}/metrics`).then(
    ({ ok }) => ok,
    () => false,
  );

describe("the port of metrics", () => {
  it("moves with the settings, and goes with them", async () => {
    const [one, other] = await freePorts();
    const port = new MetricsPort(new Registry(), () => {});
    await port.serveAt({ host, port: one });
    assert.ok(await answers(one));
    await port.serveAt({ host, port: one });
    await port.serveAt({ host, port: other });
    assert.deepEqual([await answers(one), await answers(other)], [false, true]);
    await port.serveAt(undefined);
    assert.equal(await answers(other), false);
    await port.close();
  });

  it("stays where it is when it cannot listen elsewhere, and says so", async () => {
    const [one] = await freePorts();
    const said = Promise.withResolvers<string>();
    const port = new MetricsPort(new Registry(), (level, text) => said.resolve(`${level}: ${text}`));
    await port.serveAt({ host, port: one });
    port.follow({ host: "192.0.2.1", port: 9 });
    assert.match(
      await said.promise,
      /^error: metrics cannot be served at 192\.0\.2\.1:9, it is as before: .*EADDRNOTAVAIL/,
    );
    assert.ok(await answers(one));
    await port.close();
    assert.equal(await answers(one), false);
  });
});
