import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { SpdyClient } from "../../support/spdy-client.ts";
import { sandboxId, stage } from "../../support/streaming-stage.ts";
import { dial, echo, tcpTarget } from "../../support/tcp-target.ts";

const staged = async (test: TestContext, serve: (socket: Socket) => void, creationTimeoutMs = 30_000) => {
  const { server } = await stage({ connect: dial }, { creationTimeoutMs });
  const target = await tcpTarget(serve);
  const open = (): Promise<SpdyClient> =>
    SpdyClient.open(server.forward({ sandboxId, ports: [] }), { protocols: ["portforward.k8s.io"] });
  test.after(async () => {
    await target.close();
    await server.close();
  });
  return { target, open, server };
};

const REFUSED = 3;
const PROTOCOL_ERROR = 1;

describe("port-forwarding over SPDY", () => {
  it("carries many connections at once, each to its port", async (test) => {
    const { target, open } = await staged(test, echo);
    const client = await open();
    const pairs = [];
    for (let at = 0; at < 20; at++) pairs.push(await client.forward(target.port, String(at)));
    for (const [at, { data }] of pairs.entries()) client.send(data, `hello ${at}`);
    for (const [at, { data, error }] of pairs.entries()) {
      await client.until(`the echo of ${at}`, () => data.text === `hello ${at}`);
      client.end(data);
      await client.until("both ends", () => data.over && error.over);
      assert.equal(error.text, "");
    }
    await client.close();
  });

  it("passes a client's half-close on, and waits for what the target still says", async (test) => {
    const { target, open } = await staged(test, (socket) => {
      socket.resume();
      socket.once("end", () => setTimeout(() => socket.end("an answer that took its time"), 1200));
    });
    const client = await open();
    const { data, error } = await client.forward(target.port, "1");
    client.send(data, "a question");
    client.end(data);
    await client.until("the answer's end", () => data.fin && error.over);
    assert.equal(data.text, "an answer that took its time");
    await client.close();
  });

  it("passes the target's half-close on, and ends the other direction after a second", async (test) => {
    const { target, open } = await staged(test, (socket) => socket.end("bye"));
    const client = await open();
    const { data, error } = await client.forward(target.port, "1");
    await client.until("the target's end", () => data.fin);
    assert.equal(data.text, "bye");
    assert.equal(data.reset, undefined);
    client.send(data, "still talking");
    await client.until("the pair's end", () => data.reset !== undefined && error.fin);
    assert.equal(error.text, "");
    await client.close();
  });

  it("brings a target's last megabytes to a client that reads late", async (test) => {
    const { target, open } = await staged(test, (socket) => socket.end(Buffer.alloc(8 << 20, "x")));
    const client = await open();
    const { data } = await client.forward(target.port, "1");
    client.socket.pause();
    await once(target.sockets[0] as Socket, "resume").catch(() => {});
    client.socket.resume();
    await client.until("all of it", () => data.over);
    assert.equal(data.bytes, 8 << 20);
    await client.close();
  });

  it("tells a refused port on the error stream, and nothing else", async (test) => {
    const { target, open } = await staged(test, echo);
    await target.close();
    const client = await open();
    const { data, error } = await client.forward(target.port, "1");
    await client.until("the end", () => error.over && data.over);
    const { port } = target;
    assert.equal(error.text, `error forwarding port ${port} to pod s1, uid : port ${port} refuses connections`);
    assert.equal(data.text, "");
    await client.close();
  });

  it("drops the target when the client resets the data, and keeps its other connections", async (test) => {
    const { target, open } = await staged(test, echo);
    const client = await open();
    const { data: other } = await client.forward(target.port, "other");
    const { data } = await client.forward(target.port, "1");
    client.send(data, "x");
    await client.until("the echo", () => data.text === "x");
    client.reset(data);
    await once(target.sockets[1] as Socket, "close");
    client.send(other, "y");
    await client.until("the other's echo", () => other.text === "y");
    await client.close();
  });

  it("drops all targets when the client goes, however it goes", async (test) => {
    const { target, open, server } = await staged(test, echo);
    for (const go of ["destroy", "close", "goAway and close"] as const) {
      const client = await open();
      const { data } = await client.forward(target.port, "1");
      client.send(data, "x");
      await client.until("the echo", () => data.text === "x");
      const socket = target.sockets.at(-1) as Socket;
      const closed = once(socket, "close");
      if (go === "goAway and close") client.goAway();
      if (go === "destroy") client.destroy();
      else await client.close();
      await closed;
    }
    while (server.sessions > 0) await new Promise(setImmediate);
  });

  it("leaves at the client's GOAWAY once its connections are over", async (test) => {
    const { target, open } = await staged(test, echo);
    const idle = await open();
    idle.goAway();
    await idle.until("the end", () => idle.frames.includes("goAway 0 0"));
    await idle.close();
    const client = await open();
    const { data, error } = await client.forward(target.port, "1");
    client.end(data);
    client.goAway();
    await client.until("the end", () => client.frames.includes("goAway 3 0"));
    assert.ok(data.over && error.over);
    await client.close();
  });

  it("refuses streams without a type or with a port that is none", async (test) => {
    const { open } = await staged(test, echo);
    const client = await open();
    for (const port of ["0", "65536", "-1", "80x", "", "0x50", "1e3", "999999999999"])
      assert.equal((await client.stream({ streamtype: "data", port, requestid: "1" })).reset, PROTOCOL_ERROR, port);
    assert.equal((await client.stream({ streamtype: "data", requestid: "1" })).reset, PROTOCOL_ERROR);
    assert.equal((await client.stream({ streamtype: "stdin", port: "80" })).reset, PROTOCOL_ERROR);
    assert.equal((await client.stream({ port: "80" })).reset, PROTOCOL_ERROR);
    await client.close();
  });

  it("pairs the streams of old clients by their ids", async (test) => {
    const { target, open } = await staged(test, echo);
    const client = await open();
    await client.stream({ streamtype: "error", port: String(target.port) });
    const data = await client.stream({ streamtype: "data", port: String(target.port) });
    client.send(data, "x");
    await client.until("the echo", () => data.text === "x");
    await client.close();
  });

  it("says no to a second stream of a type, and goes on with the first", async (test) => {
    const { target, open } = await staged(test, echo);
    const client = await open();
    const headers = { port: String(target.port), requestid: "1" };
    const error = await client.stream({ streamtype: "error", ...headers });
    assert.equal((await client.stream({ streamtype: "error", ...headers })).reset, REFUSED);
    const data = await client.stream({ streamtype: "data", ...headers });
    client.send(data, "x");
    await client.until("the echo", () => data.text === "x");
    assert.match(error.text, /^error processing stream for request 1: /);
    await client.close();
  });

  it("drops a stream whose other one does not come", async (test) => {
    const { open } = await staged(test, echo, 50);
    const client = await open();
    const error = await client.stream({ streamtype: "error", port: "80", requestid: "1" });
    const data = await client.stream({ streamtype: "data", port: "80", requestid: "2" });
    await client.until("both ends", () => error.over && data.over);
    assert.equal(error.text, "error forwarding for request 1: its streams were not both opened within 0.05 s");
    await client.close();
  });
});
