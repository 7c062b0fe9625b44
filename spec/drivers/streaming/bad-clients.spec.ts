/** What clients do that are broken, hostile or gone: the server stays up, forgets them, and others do not notice. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { after, afterEach, before, describe, it } from "node:test";
import { deflateSync } from "node:zlib";
import { eventually, openDescriptors } from "../../support/eventually.ts";
import { Opcode, frame, rawWebSocket } from "../../support/raw-websocket.ts";
import {
  SpdyClient,
  control,
  data,
  exchange,
  plainHeaders,
  upgradeRequest,
  words,
  type ClientSideStream,
} from "../../support/spdy-client.ts";
import { cat, execOf, sandboxId, stage, type Stage } from "../../support/streaming-stage.ts";
import { dial, echo, tcpTarget, type TcpTarget } from "../../support/tcp-target.ts";

const v4 = ["v4.channel.k8s.io"];
const forwarding = { protocols: ["portforward.k8s.io"] };
const MB = 1 << 20;

let set: Stage;
let target: TcpTarget;
let descriptors: number;
/** A session of somebody else, who must not notice. */
let other: SpdyClient;
let otherStreams: Record<"stdin" | "stdout", ClientSideStream>;
/** What a command writes when it floods: more than any buffer on the way takes. */
let flooded = 0;

const flood = async (stdout: Writable, gone: AbortSignal): Promise<void> => {
  const chunk = Buffer.alloc(64 << 10);
  for (flooded = 0; flooded < 64 * MB && !gone.aborted; flooded += chunk.length)
    if (!stdout.write(chunk)) await once(stdout, "drain", { signal: gone }).catch(() => {});
};

before(async () => {
  target = await tcpTarget(echo);
  set = await stage({
    connect: dial,
    async exec(request, streams, gone) {
      const [program] = request.cmd;
      if (program === "flood" && streams.stdout) await flood(streams.stdout, gone);
      else if (program === "deaf") await once(gone, "abort");
      else return cat(request, streams, gone);
      return { exitCode: 0 };
    },
  });
  other = await SpdyClient.open(set.server.exec(execOf({ stdin: true, stderr: false })));
  otherStreams = await other.command("stdin", "stdout", "error");
  descriptors = openDescriptors();
});

after(async () => {
  await other.close();
  await target.close();
  await set.server.close();
});

const othersAreWell = async (): Promise<void> => {
  const { stdin, stdout } = otherStreams;
  const soFar = stdout.bytes;
  other.send(stdin, "still here");
  await other.until("the echo", () => stdout.bytes === soFar + 10);
};

/** All that the bad client had is given back. */
const nothingIsLeft = async (): Promise<void> => {
  await eventually("the sessions' end", () => set.server.sessions === 1, 8000);
  await eventually("the descriptors' return", () => openDescriptors() <= descriptors, 8000);
  await othersAreWell();
};

const exec = (cmd = "cat"): string => set.server.exec(execOf({ cmd: [cmd], stdin: true, stderr: false }));
const forward = (): string => set.server.forward({ sandboxId, ports: [] });

const clients: SpdyClient[] = [];
const opened = async (...args: Parameters<typeof SpdyClient.open>): Promise<SpdyClient> => {
  const client = await SpdyClient.open(...args);
  clients.push(client);
  return client;
};
// Those of a spec that failed are not held against the next.
afterEach(() => clients.splice(0).forEach((client) => client.destroy()));

const goAway = (client: SpdyClient, status: number): Promise<void> =>
  client.until("GOAWAY", () => client.frames.some((seen) => seen.startsWith("goAway") && seen.endsWith(` ${status}`)));

/** Sends the bytes again and again, until nobody has read them for a second. */
const fillsUp = async (client: SpdyClient, bytes: Buffer): Promise<void> => {
  for (let sent = 0; sent < 256 * MB; sent += bytes.length) {
    let taken = false;
    client.socket.write(bytes, () => (taken = true));
    const stuck = await eventually("", () => taken, 1000).then(
      () => false,
      () => true,
    );
    if (stuck) return;
  }
  assert.fail("all of it was read");
};

describe("a SPDY client that breaks the protocol", () => {
  const synStream = (block: Buffer): Buffer => control(1, 0, Buffer.concat([words(1, 0), Buffer.alloc(2), block]));
  const foreign = deflateSync("x", { dictionary: Buffer.from("another") });
  const cases: readonly (readonly [string, Buffer])[] = [
    ["bytes that are no frame", Buffer.from("\x80\x01GET / HTTP/1.1\r\n\r\n", "latin1")],
    ["a control frame that is too short", control(6, 0, Buffer.alloc(2))],
    ["a control frame of 16 MiB", Buffer.from("8003000100ffffff", "hex")],
    ["headers that are not compressed", synStream(plainHeaders({ streamtype: "error" }))],
    ["headers of another dictionary", synStream(foreign)],
    ["no headers at all", synStream(Buffer.alloc(0))],
  ];
  for (const [what, bytes] of cases)
    it(`is told so and let go: ${what}`, async () => {
      const client = await opened(exec());
      client.socket.write(bytes);
      await goAway(client, 1);
      await client.close();
      assert.match(set.troubles.at(-1) ?? "", /^spdy client broke the protocol: /);
      await nothingIsLeft();
    });

  it("is told so and let go: headers that inflate without end", async () => {
    const client = await opened(exec());
    const block = await client.block(Buffer.alloc(30 * MB));
    client.socket.write(synStream(block.subarray(0, 60_000)));
    await goAway(client, 1);
    await client.close();
    assert.match(set.troubles.at(-1) ?? "", /inflates to more than/);
    await nothingIsLeft();
  });

  it("gets ids reset that are used, lower, even or null, and data for none", async () => {
    const client = await opened(forward(), forwarding);
    const port = String(target.port);
    await client.begin({ streamtype: "error", port, requestid: "1" }, 5);
    for (const id of [5, 3, 4, 0, 6]) await client.begin({ streamtype: "error", port, requestid: `x${id}` }, id);
    client.socket.write(data(77, "for nobody"));
    await client.until("all resets", () => client.frames.length >= 7);
    const resets = [5, 3, 4, 0, 6].map((id) => `rstStream ${id} 1`);
    assert.deepEqual(client.frames, ["synReply 5", ...resets, "rstStream 77 2"]);
    await client.close();
    await nothingIsLeft();
  });

  it("may send windows and settings of any size, and frames of no known type", async () => {
    const client = await opened(exec());
    for (let at = 0; at < 1000; at++) client.socket.write(control(9, 0, words(1, 0x7fffffff)));
    client.socket.write(control(4, 1, words(0xffffffff)));
    client.socket.write(control(99, 255, Buffer.alloc(60_000)));
    client.socket.write(control(9, 0, Buffer.alloc(0)));
    const { stdin, stdout } = await client.command("stdin", "stdout", "error");
    client.send(stdin, "x");
    await client.until("the echo", () => stdout.text === "x");
    await client.close();
    await nothingIsLeft();
  });

  it("may open 10,000 streams, and has those beyond the bound refused", async () => {
    const client = await opened(forward(), forwarding);
    for (let at = 0; at < 10_000; at++)
      await client.begin({ streamtype: "error", port: String(target.port), requestid: String(at) });
    await client.until("all answers", () => client.frames.length === 10_000);
    assert.equal(client.frames.filter((seen) => seen.startsWith("synReply")).length, 2000);
    assert.equal(client.frames.filter((seen) => /^rstStream \d+ 3$/.test(seen)).length, 8000);
    client.destroy();
    await nothingIsLeft();
  });

  it("may ping without reading the answers: it is not read itself then", async () => {
    const client = await opened(exec());
    client.socket.pause();
    const pings = Buffer.concat(Array.from({ length: 10_000 }, (_, at) => control(6, 0, words(2 * at + 1))));
    await fillsUp(client, pings);
    await othersAreWell();
    client.destroy();
    await nothingIsLeft();
  });
});

describe("a SPDY client that is slow", () => {
  it("holds up its command, and little memory", async () => {
    const client = await opened(exec("flood"), { keep: false });
    await client.command("error", "stdin");
    client.socket.pause();
    await client.begin({ streamtype: "stdout" });
    await eventually("the command's begin", () => flooded > 0);
    // What the kernel's buffers take is some MiB.
    for (let last = 0; last < flooded; await sleep(300)) last = flooded;
    assert.ok(flooded < 32 * MB, `${flooded}`);
    await othersAreWell();
    client.destroy();
    await nothingIsLeft();
  });

  it("is held up by a command that does not read, and still noticed when it goes", async () => {
    const client = await opened(exec("deaf"));
    const { stdin } = await client.command("error", "stdin", "stdout");
    const chunk = data(stdin.id, Buffer.alloc(MB));
    await fillsUp(client, chunk);
    await othersAreWell();
    client.destroy();
    await nothingIsLeft();
  });
});

describe("a SPDY client that goes", () => {
  const opening: readonly (readonly [string, (client: SpdyClient) => Promise<unknown>])[] = [
    ["right after the upgrade", async () => {}],
    ["after its first stream", (client) => client.command("error")],
    ["within a frame's header", async (client) => client.socket.write(Buffer.from("800300", "hex"))],
    [
      "within a header block",
      async (client) => client.socket.write((await client.synStream(1, { a: "b" })).subarray(0, 20)),
    ],
    [
      "within data",
      async (client) =>
        client.socket.write(data((await client.command("error", "stdin")).stdin.id, "xx").subarray(0, 9)),
    ],
    ["before its last stream is answered", (client) => client.begin({ streamtype: "error" })],
    ["with the command at work", (client) => client.command("error", "stdin", "stdout")],
    [
      "with data on its way",
      async (client) => client.send((await client.command("error", "stdin", "stdout")).stdin, Buffer.alloc(MB)),
    ],
    ["with a GOAWAY", async (client) => (await client.command("error", "stdin", "stdout"), client.goAway())],
  ];
  for (const [when, open] of opening)
    it(`${when} leaves nothing`, async () => {
      for (const go of [(client: SpdyClient) => client.destroy(), (client: SpdyClient) => client.socket.end()]) {
        const client = await opened(exec());
        await open(client);
        go(client);
        await nothingIsLeft();
      }
    });

  it("before its request has ended, or right behind it, leaves nothing", async () => {
    const url = exec();
    const request = upgradeRequest(url, v4);
    const { hostname, port } = new URL(url);
    for (const length of [0, 1, 30, request.length - 1]) {
      const socket = connect({ host: hostname, port: Number(port) });
      await once(socket, "connect");
      socket.write(request.slice(0, length));
      // The server has read what was there before, for it answers in order of arrival.
      await othersAreWell();
      socket.destroy();
      await nothingIsLeft();
    }
    const { socket } = await exchange(url, request);
    socket.resetAndDestroy();
    await nothingIsLeft();
  });
});

describe("a WebSocket client that breaks the protocol", () => {
  const cases: readonly (readonly [string, number, readonly Buffer[]])[] = [
    ["a frame without a mask", 1002, [frame(Opcode.binary, "\0x", { masked: false })]],
    ["a reserved opcode", 1002, [frame(3, "x")]],
    ["a continuation of nothing", 1002, [frame(Opcode.continuation, "x")]],
    ["a ping of more than 125 bytes", 1002, [frame(Opcode.ping, Buffer.alloc(126))]],
    ["a message of more than 1 MiB", 1009, [frame(Opcode.binary, Buffer.alloc(MB + 1))]],
    [
      "the same in fragments",
      1009,
      Array.from({ length: 1025 }, (_, at) => frame(at === 0 ? Opcode.binary : 0, Buffer.alloc(1024), { fin: false })),
    ],
    ["text that is no UTF-8", 1007, [frame(Opcode.text, Buffer.from([0xff]))]],
  ];
  for (const [what, code, frames] of cases)
    it(`is told so and let go: ${what}`, async () => {
      const client = await rawWebSocket(exec(), "v5.channel.k8s.io");
      const closed = new Promise<number>((resolve) =>
        client.listen((opcode, payload) => {
          if (opcode === Opcode.close) resolve(payload.readUInt16BE());
        }),
      );
      client.socket.write(Buffer.concat(frames));
      assert.equal(await closed, code);
      assert.match(set.troubles.at(-1) ?? "", /^websocket client broke the protocol: /);
      client.socket.destroy();
      await nothingIsLeft();
    });

  it("may ping as much as it likes: of a flood the last is answered", async () => {
    const client = await rawWebSocket(exec(), "v5.channel.k8s.io");
    let pongs = 0;
    const answered = new Promise<void>((resolve) =>
      client.listen((opcode, payload) => {
        if (opcode === Opcode.pong) pongs++;
        if (payload.toString() === "last") resolve();
      }),
    );
    const ping = frame(Opcode.ping, "first");
    client.socket.write(Buffer.concat(Array.from({ length: 100_000 }, () => ping)));
    client.socket.write(frame(Opcode.ping, "last"));
    await answered;
    assert.ok(pongs < 100_000, `${pongs}`);
    client.socket.destroy();
    await nothingIsLeft();
  });

  it("may go at any stage", async () => {
    for (const bytes of [[], [0x82], frame(Opcode.binary, "\0xxxx").subarray(0, 7), frame(Opcode.close, "")]) {
      const client = await rawWebSocket(exec(), "v5.channel.k8s.io");
      client.socket.end(Buffer.from(bytes));
      client.socket.resume();
      await nothingIsLeft();
    }
  });

  it("and is tunnelled is let go like one that is not", async () => {
    const client = await rawWebSocket(forward(), "SPDY/3.1+portforward.k8s.io");
    const tunnelled = new SpdyClient(client.bytes(1000));
    tunnelled.socket.write(Buffer.from("\x80\x02 nothing of ours", "latin1"));
    await goAway(tunnelled, 1);
    client.socket.destroy();
    await nothingIsLeft();
  });
});

describe("port-forward clients", () => {
  it("that go with many connections open leave nothing", async () => {
    const client = await opened(forward(), forwarding);
    for (let at = 0; at < 50; at++) await client.forward(target.port, String(at));
    client.destroy();
    await eventually("the targets' end", () => target.sockets.every(({ destroyed }) => destroyed));
    await nothingIsLeft();
  });
});
