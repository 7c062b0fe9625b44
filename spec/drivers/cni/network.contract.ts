/** What every Network does, by real plugins or in the simulator's world. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AttachRequest, Network } from "../../../src/drivers/cni/network.ts";
import { Overdue } from "../../../src/errors.ts";

export interface NetworkUnderTest {
  /** Watched, with a network that is ready and gives addresses, and maps no host ports. */
  readonly network: Network;
  /** A request that can be met, for a sandbox of its own. */
  readonly request: () => Promise<AttachRequest>;
  /** The same network as another daemon on this node has it. */
  readonly again: () => Promise<Network>;
  readonly close: () => Promise<void>;
}

const never = (): AbortSignal => new AbortController().signal;

export const networkContract = (
  name: string,
  options: { readonly skip?: string },
  make: () => Promise<NetworkUnderTest>,
): void => {
  const withNetwork = async (work: (under: NetworkUnderTest) => Promise<void>): Promise<void> => {
    const under = await make();
    try {
      await work(under);
    } finally {
      await under.close();
    }
  };

  describe(name, options, () => {
    it("is ready and says its name", () =>
      withNetwork(async ({ network }) => {
        assert.equal(network.readiness().ready, true);
      }));

    it("gives addresses, and remembers them until the detach", () =>
      withNetwork(async ({ network, request }) => {
        const wanted = await request();
        assert.equal(await network.cached(wanted.id), undefined);
        const attached = await network.attach(wanted, never());
        assert.ok(attached.ips.length > 0);
        assert.deepEqual(await network.cached(wanted.id), attached);
        await network.detach(wanted.id, wanted.netns, never());
        assert.equal(await network.cached(wanted.id), undefined);
      }));

    it("remembers for the next daemon too, which can detach", () =>
      withNetwork(async ({ network, again, request }) => {
        const wanted = await request();
        const attached = await network.attach(wanted, never());
        const next = await again();
        assert.deepEqual(await next.cached(wanted.id), attached);
        const other = await request();
        const { ips } = await next.attach(other, never());
        assert.ok(!ips.some((ip) => attached.ips.includes(ip)));
        for (const { id, netns } of [wanted, other]) await next.detach(id, netns, never());
        assert.equal(await network.cached(wanted.id), undefined);
        next.close();
      }));

    it("gives two sandboxes addresses of their own", () =>
      withNetwork(async ({ network, request }) => {
        const wanted = [await request(), await request()];
        const attached = await Promise.all(wanted.map((one) => network.attach(one, never())));
        assert.equal(new Set(attached.flatMap(({ ips }) => ips)).size, attached.flatMap(({ ips }) => ips).length);
        await Promise.all(wanted.map(({ id, netns }) => network.detach(id, netns, never())));
      }));

    it("detaches as often as one likes, with the netns and without, and what was never attached", () =>
      withNetwork(async ({ network, request }) => {
        const { id, netns, ...rest } = await request();
        await network.attach({ id, netns, ...rest }, never());
        for (const place of [netns, netns, ""]) await network.detach(id, place, never());
        await network.detach((await request()).id, "", never());
      }));

    it("refuses a host port that nothing maps, before anything is done", () =>
      withNetwork(async ({ network, request }) => {
        const portMappings = [{ protocol: "tcp", containerPort: 80, hostPort: 8080, hostIp: "" }] as const;
        await assert.rejects(network.attach({ ...(await request()), portMappings }, never()), { code: "Invalid" });
      }));

    it("gives up for a caller who stops waiting, and then owes only a detach", () =>
      withNetwork(async ({ network, request }) => {
        const wanted = await request();
        await assert.rejects(network.attach(wanted, AbortSignal.abort(new Overdue("too late"))), { code: "Overdue" });
        await network.settle(wanted.id, 0);
        await network.detach(wanted.id, wanted.netns, never());
        assert.equal(await network.cached(wanted.id), undefined);
      }));
  });
};
