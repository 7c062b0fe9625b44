import assert from "node:assert/strict";
import { once, type EventEmitter } from "node:events";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket, type ClientOptions } from "ws";
import { NotAllowed } from "../../../src/errors.ts";
import type { StreamingBackend, TerminalSize } from "../../../src/drivers/streaming/streaming.ts";
import { SpdyClient } from "../../support/spdy-client.ts";
import { cat, execOf, sandboxId, stage, wordsOf } from "../../support/streaming-stage.ts";
import { rawWebSocket } from "../../support/raw-websocket.ts";
import { dial, echo, tcpTarget } from "../../support/tcp-target.ts";

const staged = async (test: TestContext, backend: Partial<StreamingBackend>) => {
  const set = await stage(backend);
  test.after(() => set.server.close());
  return set.server;
};

class Client {
  readonly socket: WebSocket;
  readonly messages: (Buffer | string)[] = [];
  readonly closed: Promise<number>;

  constructor(url: string, protocols: readonly string[], options: ClientOptions = {}) {
    this.socket = new WebSocket(url.replace("http", "ws"), [...protocols], options);
    this.socket.on("message", (data: Buffer, isBinary) => this.messages.push(isBinary ? data : data.toString()));
    this.closed = once(this.socket, "close").then(([code]) => code as number);
    this.closed.catch(() => {});
  }

  static async open(url: string, ...protocols: readonly string[]): Promise<Client> {
    const client = new Client(url, protocols);
    await once(client.socket, "open");
    return client;
  }

  /** All that came on a channel of binary messages. */
  on(channel: number): string {
    const binary = this.messages.filter((message) => typeof message !== "string");
    return Buffer.concat(
      binary.filter(([first]) => first === channel).map((message) => message.subarray(1)),
    ).toString();
  }

  send(channel: number, data: string): void {
    this.socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(data)]));
  }
}

describe("exec over WebSocket", () => {
  it("speaks v5: a first empty message, output, the status, and close code 1000", async (test) => {
    const server = await staged(test, { exec: cat });
    const client = await Client.open(server.exec(execOf({ stdin: true })), "v5.channel.k8s.io");
    client.send(0, "one ");
    client.send(0, "two");
    client.socket.send(Buffer.from([255, 0]));
    assert.equal(await client.closed, 1000);
    assert.deepEqual(client.messages[0], Buffer.from([1]));
    assert.equal(client.on(1), "one two");
    assert.equal(client.on(2), "reading\n");
    assert.deepEqual(JSON.parse(client.on(3)), { metadata: {}, status: "Success" });
  });

  it("takes the first of the client's subprotocols that it knows, and the oldest where none is named", async (test) => {
    const server = await staged(test, { exec: async () => ({ exitCode: 3 }) });
    const chosen = async (...protocols: readonly string[]): Promise<readonly [string, string]> => {
      const client = await Client.open(server.exec(execOf()), ...protocols);
      assert.equal(await client.closed, 1000);
      return [client.socket.protocol, client.on(3)];
    };
    const [newest, status] = await chosen("v9.channel.k8s.io", "v4.channel.k8s.io", "v5.channel.k8s.io");
    assert.equal(newest, "v4.channel.k8s.io");
    assert.match(status, /"ExitCode","message":"3"/);
    const words = "command terminated with non-zero exit code: the command ended with exit code 3";
    assert.deepEqual(await chosen("channel.k8s.io"), ["channel.k8s.io", words]);
    assert.deepEqual(await chosen(), ["", words]);
  });

  it("speaks base64 to clients that send text", async (test) => {
    const server = await staged(test, {
      async exec(_request, { stdin, stdout }) {
        let said = "";
        for await (const data of stdin ?? []) {
          said += String(data);
          if (said === "hellö") break;
        }
        stdout?.write(Buffer.alloc(100_000, "x"));
        return { exitCode: 0 };
      },
    });
    const client = await Client.open(server.exec(execOf({ stdin: true })), "v4.base64.channel.k8s.io");
    client.socket.send(`0${Buffer.from("hellö").toString("base64")}`);
    assert.equal(await client.closed, 1000);
    const texts = client.messages as string[];
    assert.equal(texts[0], "1");
    assert.ok(texts.every((message) => message.length <= (32 << 10) + 1));
    const out = texts
      .filter((message) => message.startsWith("1"))
      .map((message) => Buffer.from(message.slice(1), "base64"));
    assert.equal(Buffer.concat(out).toString(), "x".repeat(100_000));
    assert.match(Buffer.from(texts.at(-1)?.slice(1) ?? "", "base64").toString(), /Success/);
  });

  it("tells sizes, and a failure's text", async (test) => {
    const sizes: TerminalSize[] = [];
    const server = await staged(test, {
      async exec(_request, { onResize, stdin }) {
        onResize((size) => sizes.push(size));
        await wordsOf(stdin);
        throw new NotAllowed("container c1 is stopping");
      },
    });
    const client = await Client.open(
      server.exec(execOf({ stdin: true, tty: true, stderr: false })),
      "v5.channel.k8s.io",
    );
    client.send(4, '{"Width":80,"Height":24}');
    client.socket.send(Buffer.from([255, 0]));
    assert.equal(await client.closed, 1000);
    assert.deepEqual(sizes, [{ width: 80, height: 24 }]);
    const message = "Internal error occurred: error executing command in container: container c1 is stopping";
    assert.equal((JSON.parse(client.on(3)) as { message: string }).message, message);
  });

  it("takes no notice of channels that are not open, and of empty messages", async (test) => {
    const server = await staged(test, { exec: cat });
    const client = await Client.open(server.exec(execOf({ stdin: true })), "v5.channel.k8s.io");
    for (const channel of [1, 2, 3, 4, 5, 77, 254]) client.send(channel, "nothing");
    client.socket.send(Buffer.alloc(0));
    client.send(0, "heard");
    client.socket.send(Buffer.from([255, 0]));
    assert.equal(await client.closed, 1000);
    assert.equal(client.on(1), "heard");
  });

  for (const [what, protocol, message, code] of [
    ["text in v5", "v5.channel.k8s.io", "\u0000text", 1003],
    ["the end of a channel that there is none of", "v5.channel.k8s.io", Buffer.from([255, 5]), 1002],
    ["the end of no channel", "v5.channel.k8s.io", Buffer.from([255]), 1002],
    ["the end of two channels", "v5.channel.k8s.io", Buffer.from([255, 0, 1]), 1002],
    ["what is no base64", "v4.base64.channel.k8s.io", Buffer.from("0***"), 1007],
    ["a message of more than 1 MiB", "v5.channel.k8s.io", Buffer.alloc((1 << 20) + 1), 1009],
  ] as const)
    it(`closes at ${what}, and the command's stdin ends`, async (test) => {
      const { promise: over, resolve: ended } = Promise.withResolvers<boolean>();
      const server = await staged(test, {
        async exec(_request, { stdin }, gone) {
          await wordsOf(stdin);
          ended(gone.aborted);
          return { exitCode: 0 };
        },
      });
      const client = await Client.open(server.exec(execOf({ stdin: true })), protocol);
      client.socket.send(message);
      assert.equal(await client.closed, code);
      assert.equal(await over, true);
    });

  it("answers pings, and is a sign of life to a client whose stdin nobody reads", async (test) => {
    const server = await staged(test, {
      async exec(_request, _streams, gone) {
        await once(gone, "abort");
        return { exitCode: 0 };
      },
    });
    const client = await Client.open(server.exec(execOf({ stdin: true })), "v5.channel.k8s.io");
    client.socket.ping("first");
    const [payload] = (await once(client.socket, "pong")) as [Buffer];
    assert.equal(payload.toString(), "first");
    for (let at = 0; at < 2048; at++) client.send(0, "x".repeat(32 << 10));
    const [unasked] = (await once(client.socket, "pong", { signal: AbortSignal.timeout(20_000) })) as [Buffer];
    assert.equal(unasked.length, 0);
    assert.ok(client.socket.bufferedAmount > 0);
    client.socket.terminate();
  });

  it("holds up its command when it does not read", async (test) => {
    let written = 0;
    const server = await staged(test, {
      async exec(_request, { stdout }, gone) {
        const chunk = Buffer.alloc(64 << 10);
        for (; written < 64 << 20 && !gone.aborted; written += chunk.length)
          if (!stdout?.write(chunk)) await once(stdout as EventEmitter, "drain", { signal: gone }).catch(() => {});
        return { exitCode: 0 };
      },
    });
    const client = await Client.open(server.exec(execOf()), "v5.channel.k8s.io");
    client.socket.pause();
    for (let last = -1; last < written; await sleep(300)) last = written;
    assert.ok(written < 32 << 20, `${written}`);
    client.socket.resume();
    assert.equal(await client.closed, 1000);
    assert.equal(client.on(1).length, 64 << 20);
  });
});

describe("port-forwarding over WebSocket", () => {
  it("tunnels SPDY, cut anywhere", async (test) => {
    const server = await staged(test, { connect: dial });
    const target = await tcpTarget(echo);
    test.after(() => target.close());
    const url = server.forward({ sandboxId, ports: [] });
    const { answer, socket, bytes } = await rawWebSocket(url, "SPDY/3.1+portforward.k8s.io");
    assert.match(answer.head, /^sec-websocket-protocol: SPDY\/3\.1\+portforward\.k8s\.io$/im);
    const client = new SpdyClient(bytes(1));
    const { data, error } = await client.forward(target.port, "1");
    client.ping(1);
    client.send(data, "through the tunnel");
    await client.until("the echo", () => data.text === "through the tunnel" && client.frames.includes("ping 1"));
    client.end(data);
    await client.until("both ends", () => data.over && error.over);
    client.goAway();
    await once(socket, "close");
    assert.ok(client.frames.includes("goAway 3 0"));
  });

  it("has two channels for each port in the old manner, which begin with the port", async (test) => {
    const server = await staged(test, { connect: dial });
    const target = await tcpTarget(
      (socket) => void socket.once("data", (question) => socket.end(`re: ${String(question)}`)),
    );
    test.after(() => target.close());
    const client = await Client.open(server.forward({ sandboxId, ports: [target.port, 1] }), "v4.channel.k8s.io");
    client.send(0, "question");
    assert.equal(await client.closed, 1000);
    const announced = (port: number): string => Buffer.from([port & 0xff, port >> 8]).toString();
    assert.equal(client.on(0), `${announced(target.port)}re: question`);
    assert.equal(client.on(1), announced(target.port));
    assert.equal(client.on(2), announced(1));
    assert.equal(client.on(3), `${announced(1)}error forwarding port 1 to pod s1, uid : port 1 refuses connections`);
  });
});
