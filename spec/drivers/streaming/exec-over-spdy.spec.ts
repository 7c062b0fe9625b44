import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it, type TestContext } from "node:test";
import { NotAllowed } from "../../../src/errors.ts";
import type { StreamingBackend, TerminalSize } from "../../../src/drivers/streaming/streaming.ts";
import { eventually } from "../../support/eventually.ts";
import { SpdyClient } from "../../support/spdy-client.ts";
import { cat, execOf, attachTo, stage, wordsOf } from "../../support/streaming-stage.ts";

const staged = async (test: TestContext, backend: Partial<StreamingBackend>, creationTimeoutMs?: number) => {
  const set = await stage(backend, creationTimeoutMs === undefined ? {} : { creationTimeoutMs });
  test.after(() => set.server.close());
  return set.server;
};

const exits = (exitCode: number, said = ""): Partial<StreamingBackend> => ({
  exec: async (_request, { stdout }) => {
    stdout?.write(said);
    return { exitCode };
  },
});

const ended = (client: SpdyClient): Promise<void> =>
  client.until("the end", () => client.frames.some((frame) => frame.startsWith("goAway")));

describe("exec over SPDY", () => {
  it("brings the output, the status, resets and GOAWAY, in this order", async (test) => {
    const server = await staged(test, exits(0, "hello"));
    const client = await SpdyClient.open(server.exec(execOf()));
    const { error, stdout } = await client.command("error", "stdout", "stderr");
    await ended(client);
    assert.equal(stdout.text, "hello");
    assert.deepEqual(JSON.parse(error.text), { metadata: {}, status: "Success" });
    assert.deepEqual(client.frames, [
      "synReply 1",
      "synReply 3",
      "synReply 5",
      "fin 3",
      "fin 5",
      "fin 1",
      "rstStream 1 5",
      "rstStream 3 5",
      "rstStream 5 5",
      "goAway 5 0",
    ]);
    await client.close();
  });

  it("does not count a client as gone that has got its status", async (test) => {
    const signals: AbortSignal[] = [];
    const server = await staged(test, {
      async exec(_request, _streams, gone) {
        signals.push(gone);
        return { exitCode: 0 };
      },
    });
    const client = await SpdyClient.open(server.exec(execOf()));
    await client.command("error", "stdout", "stderr");
    await ended(client);
    await client.close();
    await eventually("the session's end", () => server.sessions === 0);
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [false],
    );
  });

  it("counts a client as gone that resets its streams and says GOAWAY, as one that was called off", async (test) => {
    const { promise: gone, resolve: left } = Promise.withResolvers<void>();
    const server = await staged(test, {
      async exec(_request, _streams, signal) {
        await once(signal, "abort");
        left();
        return { exitCode: 0 };
      },
    });
    const client = await SpdyClient.open(server.exec(execOf()));
    for (const stream of Object.values(await client.command("error", "stdout", "stderr"))) client.reset(stream);
    client.goAway();
    await gone;
    await ended(client);
    await client.close();
  });

  it("takes GET as well, and the newest version that both know", async (test) => {
    const server = await staged(test, exits(0));
    for (const method of ["GET", "POST"]) {
      const client = await SpdyClient.open(server.exec(execOf()), { method });
      await client.command("error", "stdout", "stderr");
      await ended(client);
      await client.close();
    }
  });

  it("tells an exit code as the status of v4, and in words before", async (test) => {
    const server = await staged(test, exits(137));
    const said = async (protocol: string): Promise<string> => {
      const client = await SpdyClient.open(server.exec(execOf()), { protocols: [protocol] });
      const { error } = await client.command("error", "stdout", "stderr");
      await ended(client);
      await client.close();
      return error.text;
    };
    const words = "command terminated with non-zero exit code: the command ended with exit code 137";
    assert.deepEqual(JSON.parse(await said("v4.channel.k8s.io")), {
      metadata: {},
      status: "Failure",
      reason: "NonZeroExitCode",
      message: words,
      details: { causes: [{ reason: "ExitCode", message: "137" }] },
    });
    assert.equal(await said("v3.channel.k8s.io"), words);
    assert.equal(await said("v2.channel.k8s.io"), words);
    assert.equal(await said("channel.k8s.io"), "");
  });

  it("tells a failure's text", async (test) => {
    const server = await staged(test, {
      exec: () => Promise.reject(new NotAllowed("container c1 is paused: resume it first")),
      attach: () => Promise.reject(new NotAllowed("container c1 is paused: resume it first")),
    });
    for (const [url, doing] of [
      [server.exec(execOf()), "executing command in"],
      [server.attach(attachTo()), "attaching to"],
    ] as const) {
      const client = await SpdyClient.open(url);
      const { error } = await client.command("error", "stdout", "stderr");
      await ended(client);
      assert.deepEqual(JSON.parse(error.text), {
        metadata: {},
        status: "Failure",
        reason: "InternalError",
        code: 500,
        message: `Internal error occurred: error ${doing} container: container c1 is paused: resume it first`,
      });
      await client.close();
    }
  });

  it("ends the command's stdin when the client half-closes it", async (test) => {
    const server = await staged(test, { exec: cat });
    const client = await SpdyClient.open(server.exec(execOf({ stdin: true })));
    const { stdin, stdout, stderr } = await client.command("error", "stdin", "stdout", "stderr");
    await client.until("stderr", () => stderr.text === "reading\n");
    client.send(stdin, "one ");
    client.send(stdin, "two");
    client.end(stdin);
    await ended(client);
    assert.equal(stdout.text, "one two");
    await client.close();
  });

  it("ends although the client's stdin stays open", async (test) => {
    const server = await staged(test, exits(0, "hello"));
    const client = await SpdyClient.open(server.exec(execOf({ stdin: true, tty: true, stderr: false })));
    const { stdin, stdout } = await client.command("error", "stdin", "stdout", "resize");
    client.send(stdin, "never read");
    await ended(client);
    assert.equal(stdout.text, "hello");
    await client.close();
  });

  it("tells sizes as they come, and the last one to a listener that comes late", async (test) => {
    const { promise: late, resolve: listen } = Promise.withResolvers<void>();
    const sizes: TerminalSize[] = [];
    const server = await staged(test, {
      async exec(_request, { onResize, stdin }) {
        await late;
        onResize((size) => sizes.push(size));
        await wordsOf(stdin);
        return { exitCode: 0 };
      },
    });
    const client = await SpdyClient.open(server.exec(execOf({ stdin: true, tty: true, stderr: false })));
    const { stdin, resize } = await client.command("error", "stdin", "stdout", "resize");
    client.send(resize, '{"Width":1,"Height":1}\n{"Width":80,"Height":24}\n');
    client.ping(1);
    await client.until("the ping's answer", () => client.frames.includes("ping 1"));
    listen();
    client.send(resize, '{"Width":65535,');
    client.send(resize, '"Height":65535}\n{"Width":0,"Height":0}\n');
    client.end(stdin);
    await ended(client);
    assert.deepEqual(sizes, [
      { width: 80, height: 24 },
      { width: 65535, height: 65535 },
    ]);
    await client.close();
  });

  it("refuses a second stream of a type, and reads those that nobody asked for", async (test) => {
    const server = await staged(test, { exec: cat });
    const client = await SpdyClient.open(server.exec(execOf({ stdin: true, stderr: false })));
    const { error, stdin, surprise } = await client.command("error", "stdin", "surprise");
    assert.equal((await client.stream({ streamtype: "error" })).reset, 3);
    client.send(surprise, Buffer.alloc(1 << 20));
    const stdout = await client.stream({ StreamType: "stdout" });
    client.send(stdin, "still here");
    client.end(stdin);
    await ended(client);
    assert.equal(stdout.text, "still here");
    assert.match(error.text, /Success/);
    await client.close();
  });

  it("gives up a client that does not open all of its streams", async (test) => {
    const server = await staged(test, exits(0), 50);
    const client = await SpdyClient.open(server.exec(execOf()));
    await client.command("error", "stdout");
    await ended(client);
    await client.close();
    assert.equal(server.sessions, 0);
  });

  it("answers pings at once, and not those that answer its own", async (test) => {
    const server = await staged(test, { exec: cat });
    const client = await SpdyClient.open(server.exec(execOf()));
    client.ping(1);
    client.ping(2);
    client.ping(3);
    await client.until("two answers", () => client.frames.length >= 2);
    assert.deepEqual(client.frames, ["ping 1", "ping 3"]);
    await client.close();
  });

  it("reads what the client sent right behind its request", async (test) => {
    const server = await staged(test, exits(0, "hello"));
    const { exchange, upgradeRequest, crictlProtocols, control, words } = await import("../../support/spdy-client.ts");
    const url = server.exec(execOf());
    const ping = control(6, 0, words(41));
    const request = Buffer.concat([Buffer.from(upgradeRequest(url, crictlProtocols)), ping]);
    const { socket, rest, status, head } = await exchange(url, request);
    assert.equal(status, 101);
    assert.match(head, /^x-stream-protocol-version: v4\.channel\.k8s\.io$/im);
    const client = new SpdyClient(socket, { rest });
    await client.until("the ping's answer", () => client.frames.includes("ping 41"));
    const { stdout } = await client.command("error", "stdout", "stderr");
    await ended(client);
    assert.equal(stdout.text, "hello");
    await client.close();
  });
});
