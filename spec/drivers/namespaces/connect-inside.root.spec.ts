import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import type { Server, Socket } from "node:net";
import type { Readable } from "node:stream";
import { after, afterEach, before, describe, it } from "node:test";
import { connectInside, type InsideTarget } from "../../../src/drivers/namespaces/connect-inside.ts";
import { sandboxNamespaces } from "../../../src/drivers/namespaces/pins.ts";
import type { SandboxId } from "../../../src/vocabulary/index.ts";
import { within } from "../../../scripts/slow.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { eventually } from "../../support/kubelet.ts";
import { listenInside, serveInside } from "./listen-inside.ts";

const namespaces = sandboxNamespaces({ netnsDir: "/run/netns", pinDir: "/run/troupe/ns" });
const ids = ["a", "b"].map((letter) => letter.repeat(64) as SandboxId);
const never = new AbortController().signal;
const descriptors = (): number => readdirSync("/proc/self/fd").length;
/** All until its end; the consumers of node:stream would destroy the socket there, with the direction that is still open. */
const text = async (socket: Readable): Promise<string> => {
  let said = "";
  socket.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await once(socket, "end");
  return said;
};
const echo = (socket: Socket): void => void socket.pipe(socket);
const name =
  (word: string) =>
  (socket: Socket): void =>
    void socket.end(word);

describe("a connection inside of a pod's network", inTestNode, () => {
  let one = "";
  let other = "";
  let atFirst = 0;
  const servers: Server[] = [];
  const connect = (target: Partial<InsideTarget> & { readonly port: number }) =>
    connectInside({ network: one, gone: never, ...target });
  const serve = async (...args: Parameters<typeof serveInside>): Promise<void> => {
    servers.push(await serveInside(...args));
  };

  before(async () => {
    const pin = async (id: SandboxId): Promise<string> => {
      const { network = "" } = await namespaces.pin({ id, network: true, ipc: false, sysctls: {} });
      return network;
    };
    [one, other] = [await pin(ids[0]!), await pin(ids[1]!)];
    // What is opened once and stays: epoll, timers.
    await serve(one, "IPv4", 1, name("warm"));
    const first = await connect({ port: 1 });
    await text(first);
    first.destroy();
    await Promise.all(servers.splice(0).map((server) => server.close() && once(server, "close")));
    atFirst = descriptors();
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close() && once(server, "close")));
    await eventually("as many descriptors as at first", 5000, () => descriptors() === atFirst || undefined);
  });
  after(async () => {
    for (const id of ids) await namespaces.unpin(id);
  });

  it("reaches the pod that was meant, and no other with a listener on the same port", async () => {
    await serve(one, "IPv4", 80, name("one"));
    await serve(other, "IPv4", 80, name("other"));
    const home = readlinkSync("/proc/thread-self/ns/net");
    const sockets = await Promise.all([one, other].map((network) => connect({ network, port: 80 })));
    assert.equal(readlinkSync("/proc/thread-self/ns/net"), home);
    assert.deepEqual(await Promise.all(sockets.map((socket) => text(socket))), ["one", "other"]);
    for (const socket of sockets) socket.destroy();
    await assert.rejects(connect({ network: undefined, port: 80 }), /connection refused/);
  });

  it("reaches the host itself where the pod has no network of its own", async () => {
    await serve("/proc/self/ns/net", "IPv4", 8081, name("host"));
    const socket = await connect({ network: undefined, port: 8081 });
    assert.equal(await text(socket), "host");
    socket.destroy();
  });

  it("is made to ::1 where only that has a listener", async () => {
    await serve(one, "IPv6", 80, name("six"));
    const socket = await connect({ port: 80 });
    assert.equal(await text(socket), "six");
    socket.destroy();
  });

  it("is refused in words where nobody listens", async () => {
    await assert.rejects(connect({ port: 81 }), {
      code: "Unavailable",
      message: "cannot connect to port 81 of the pod: connection refused at 127.0.0.1, connection refused at ::1",
    });
  });

  it("is refused for what is no port, and for a namespace that is gone or whose pin is a plain file", async () => {
    for (const port of [0, 65536, 1.5])
      await assert.rejects(connect({ port }), { code: "Invalid", message: /is none/ });
    const gone = { code: "Unavailable", message: "the network namespace /run/netns/none is gone" };
    await assert.rejects(connect({ network: "/run/netns/none", port: 80 }), gone);
    writeFileSync("/run/netns/none", "");
    await assert.rejects(connect({ network: "/run/netns/none", port: 80 }), gone);
    rmSync("/run/netns/none");
  });

  it("is given up after a bound where the listener takes no more, and at once when the client leaves", async () => {
    const listener = listenInside(one, "IPv4", 82, 0);
    // One connection is more than a backlog of none: what comes next is not answered.
    const first = await connect({ port: 82 });
    await assert.rejects(connect({ port: 82, boundMs: 50 }), {
      code: "Overdue",
      message: "port 82 of the pod did not take the connection to 127.0.0.1 within 50 ms",
    });
    const client = new AbortController();
    const asked = connect({ port: 82, gone: client.signal });
    client.abort();
    await assert.rejects(asked, { code: "Cancelled", message: /the client left before port 82/ });
    await assert.rejects(connect({ port: 82, gone: AbortSignal.abort() }), { code: "Cancelled" });
    first.destroy();
    closeSync(listener);
  });

  it("is one of two hundred at once, and each gets its own words", async () => {
    await serve(one, "IPv4", 83, echo);
    const words = Array.from({ length: 200 }, (_, i) => `word ${i}`);
    const begun = performance.now();
    const said = await Promise.all(
      words.map(async (word) => {
        const socket = await connect({ port: 83 });
        socket.end(word);
        const answer = await text(socket);
        socket.destroy();
        return answer;
      }),
    );
    assert.deepEqual(said, words);
    console.log(`200 connections, an echo on each: ${(performance.now() - begun).toFixed(0)} ms`);
  });

  it("half-closes both ways", async () => {
    await serve(one, "IPv4", 84, (socket) => {
      void text(socket).then((said) => socket.end(`after your end: ${said}`));
    });
    await serve(one, "IPv4", 85, (socket) => {
      socket.end("that was all");
      void text(socket).then((said) => heard.resolve(said));
    });
    const heard = Promise.withResolvers<string>();
    const asking = await connect({ port: 84 });
    asking.end("question");
    assert.equal(await text(asking), "after your end: question");
    const telling = await connect({ port: 85 });
    assert.equal(await text(telling), "that was all");
    telling.end("still here");
    assert.equal(await heard.promise, "still here");
  });

  it("survives a reset that comes before anybody listens for errors", async () => {
    await serve(one, "IPv4", 86, (socket) => void socket.once("data", () => socket.resetAndDestroy()));
    const socket = await connect({ port: 86 });
    socket.write("go on");
    await new Promise((resolve) => socket.once("close", resolve));
  });

  it("carries hundreds of megabytes a second", async () => {
    const program = `require("node:net").createServer((socket) => {
      const chunk = Buffer.alloc(1 << 18);
      const pour = () => { while (socket.write(chunk)); };
      socket.on("drain", pour).on("error", () => process.exit());
      pour();
    }).listen(87, "127.0.0.1", () => console.log("ready"))`;
    const child = spawn("nsenter", [`--net=${one}`, process.execPath, "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    const socket = await connect({ port: 87 });
    const begun = performance.now();
    let bytes = 0;
    for await (const chunk of socket as AsyncIterable<Buffer>) if ((bytes += chunk.length) > 512 << 20) break;
    const rate = bytes / 1e3 / (performance.now() - begun);
    console.log(`${rate.toFixed(0)} MB/s`);
    socket.destroy();
    await once(child, "exit");
    child.stdout.destroy();
    // A tenth of what there is on an idle machine.
    assert.ok(rate > 100 / within(1), `${rate.toFixed(0)} MB/s`);
  });
});
