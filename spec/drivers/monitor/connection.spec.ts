import { afterEach, beforeEach, describe, it } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Connection, type ConnectionOptions } from "../../../src/drivers/monitor/connection.ts";
import { Decoder, encode } from "../../../src/monitor/framing.ts";
import { disagreement, type FromDaemon, type FromMonitor } from "../../../src/monitor/protocol.ts";

const welcome: FromMonitor = { type: "welcome", protocol: 1, pid: 1, version: "v", containers: [], execs: [] };

describe("a connection to the monitor", () => {
  let directory: string;
  let server: Server;
  let monitor: Socket;
  let heard: (message: FromDaemon) => void;
  const lost: string[] = [];
  const exits: string[] = [];

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "troupe-link-"));
    lost.length = 0;
    exits.length = 0;
    heard = () => {};
    server = createServer((socket) => {
      monitor = socket;
      const decoder = new Decoder<FromDaemon>();
      socket.on("error", () => {});
      socket.on("data", (bytes: Buffer) => decoder.push(bytes).forEach((message) => heard(message)));
    });
    await new Promise<void>((resolve) => server.listen(join(directory, "sock"), resolve));
  });

  afterEach(() => {
    monitor?.destroy();
    server.close();
    rmSync(directory, { recursive: true });
  });

  const open = (more: Partial<ConnectionOptions> = {}) =>
    Connection.open({
      path: join(directory, "sock"),
      program: "spec",
      helloMs: 5000,
      exited: ({ id }) => exits.push(id),
      lost: (reason) => lost.push(reason),
      ...more,
    });
  const say = (...messages: readonly FromMonitor[]): void => void monitor.write(Buffer.concat(messages.map(encode)));
  /** Opens against a monitor that greets, and then does this with what it is asked. */
  const greeted = async (asked: (message: Extract<FromDaemon, { type: "ask" }>) => void): Promise<Connection> => {
    heard = (message) => (message.type === "hello" ? say(welcome) : asked(message));
    return (await open()).connection;
  };

  it("gives each answer to its question, in whatever order they come", async () => {
    const asked: number[] = [];
    const connection = await greeted(({ seq }) => {
      if (asked.push(seq) < 2) return;
      for (const each of asked.toReversed())
        say({ type: "answer", seq: each, result: { ok: { is: each === asked[0] ? "running" : "unheard" } } });
    });
    const answers = await Promise.all([
      connection.ask({ verb: "look", id: "a" }),
      connection.ask({ verb: "look", id: "b" }),
    ]);
    assert.deepEqual(answers, [{ is: "running" }, { is: "unheard" }]);
    connection.close();
  });

  it("gives failures as the errors that they were", async () => {
    const connection = await greeted(({ seq }) =>
      say({ type: "answer", seq, result: { failed: { code: "Invalid", text: "no such file" } } }),
    );
    await assert.rejects(connection.ask({ verb: "forget", id: "a" }), { code: "Invalid", message: "no such file" });
    connection.close();
  });

  it("passes on what the monitor tells", async () => {
    const connection = await greeted(({ seq }) =>
      say(
        { type: "exited", kind: "container", id: "c1", exit: { at: "1", oomKilled: false, code: 0 } },
        { type: "answer", seq, result: { ok: null } },
      ),
    );
    await connection.ask({ verb: "forget", id: "a" });
    assert.deepEqual(exits, ["c1"]);
    connection.close();
  });

  it("that breaks rejects all that is in flight, says so once, and takes no more", async () => {
    const connection = await greeted(() => monitor.destroy());
    const asked = [connection.ask({ verb: "look", id: "a" }), connection.ask({ verb: "look", id: "b" })];
    for (const each of asked) await assert.rejects(each, { code: "Unavailable", message: /the monitor went away/ });
    assert.equal(lost.length, 1);
    await assert.rejects(connection.ask({ verb: "look", id: "c" }), { code: "Unavailable" });
  });

  it("on which nonsense comes is given up", async () => {
    const connection = await greeted(() => monitor.write(Buffer.alloc(8, 0xff)));
    await assert.rejects(connection.ask({ verb: "look", id: "a" }), {
      code: "Unavailable",
      message: /4294967295 bytes/,
    });
  });

  it("to a monitor that hangs is given up after the bound", async () => {
    await assert.rejects(open({ helloMs: 30 }), { code: "Unavailable", message: /has not said hello for 30 ms/ });
    assert.deepEqual(lost, []);
  });

  it("to a monitor of another age fails with its words", async () => {
    const text = disagreement({ oldest: 3, newest: 4 }, { oldest: 1, newest: 1 });
    heard = () => monitor.end(encode({ type: "refusal", text }));
    await assert.rejects(open(), { code: "Failed", message: text });
  });

  it("where nobody listens says so as Node does", async () => {
    await assert.rejects(open({ path: join(directory, "nobody") }), { code: "ENOENT" });
  });

  it("refuses more than a monitor that does not read can be given", async () => {
    const connection = await greeted(() => {});
    monitor.pause();
    const big = "x".repeat(4 * 1024 * 1024);
    const asked = Array.from({ length: 6 }, () =>
      connection.ask({ verb: "look", id: big }).catch((error: unknown) => error),
    );
    const refused = await asked.at(-1);
    assert(refused instanceof Error && "code" in refused);
    assert.equal(refused.code, "Exhausted");
    assert.match(refused.message, /bytes wait for it, the bound is 16777216/);
    assert.ok(connection.queuedBytes > 16777216);
    connection.close();
    await Promise.all(asked);
  });
});
