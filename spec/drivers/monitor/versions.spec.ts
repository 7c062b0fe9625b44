import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { monitorLink } from "../../../src/drivers/monitor/link.ts";
import type { CreateRequest, ExecRequest, Monitor } from "../../../src/drivers/monitor/monitor.ts";
import { Decoder, encode } from "../../../src/monitor/framing.ts";
import { placesIn, versionOf, type FromDaemon, type Request } from "../../../src/monitor/protocol.ts";
import { containerId, execId } from "../oci/support/builders.ts";
import { openEar } from "./ear.ts";

const id = containerId("c");
const command = { argv: ["/bin/crun"], env: {}, cwd: "/", pidFile: "/p", runtimeLog: "/l", boundMs: 1000 } as const;
const create: CreateRequest = { ...command, id, watchOom: false };
const exec: ExecRequest = { ...command, execId: execId("e"), containerId: id, stdout: "/o", stderr: "/e" };

describe("a daemon whose monitor is of version 1", () => {
  let runDir: string;
  let server: Server;
  let link: Monitor;
  const asked: Request[] = [];

  before(async () => {
    runDir = mkdtempSync(join(tmpdir(), "troupe-versions-"));
    server = createServer((socket) => {
      const decoder = new Decoder<FromDaemon>();
      const say = (message: Parameters<typeof encode>[0]): void => void socket.write(encode(message));
      socket.on("error", () => {});
      socket.on("data", (bytes: Buffer) => {
        for (const message of decoder.push(bytes)) {
          if (message.type === "hello")
            say({ type: "welcome", protocol: 1, pid: 1, version: "old", containers: [], execs: [] });
          else {
            asked.push(message.request);
            say({ type: "answer", seq: message.seq, result: { ok: { pid: process.pid, startTicks: 1 } } });
          }
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(placesIn(runDir).socket, resolve));
    const start = ["/bin/false"] as const;
    link = monitorLink({ runDir, version: "v", start, env: {}, ownCgroup: false, wallNs: () => "1", warn: () => {} });
    await link.connect(openEar().listener);
  });
  after(() => {
    link.close();
    server.close();
    rmSync(runDir, { recursive: true });
  });

  const refusals: Readonly<Record<string, () => Promise<unknown>>> = {
    "a container with a terminal": () => link.create({ ...create, terminal: true }),
    "a container with an open stdin": () => link.create({ ...create, stdin: true }),
    "a command with a stdin": () => link.exec({ ...exec, stdin: "/i" }),
    "a copy of what a container writes": () => link.attach({ id, attachId: "a", stdout: "/o" }),
    "the end of a stdin": () => link.closeInput(id),
    "a log that is opened again": () => link.reopenLog(id),
  };
  for (const [what, ask] of Object.entries(refusals))
    it(`refuses ${what} in words that say what to do, and never asks it`, async () => {
      asked.length = 0;
      await assert.rejects(ask(), {
        code: "Unavailable",
        message:
          /^the monitor cannot do this "\w+", for it is of an older version; replace it: troupe monitor upgrade$/,
      });
      assert.deepEqual(asked, []);
    });

  it("asks it all that was there before", async () => {
    asked.length = 0;
    await link.create({ ...create, terminal: false, stdin: false });
    await link.exec(exec);
    await link.detach("a");
    assert.deepEqual(
      asked.map(({ verb }) => verb),
      ["create", "exec"],
    );
  });
});

describe("the version of a question", () => {
  it("is the one in which it can be asked first", () => {
    const questions: readonly (readonly [number, Request])[] = [
      [1, { verb: "create", request: create }],
      [2, { verb: "create", request: { ...create, stdin: true } }],
      [2, { verb: "create", request: { ...create, terminal: true } }],
      [1, { verb: "exec", request: exec }],
      [2, { verb: "exec", request: { ...exec, stdin: "/i" } }],
      [1, { verb: "look", id }],
      [1, { verb: "upgrade" }],
      [2, { verb: "attach", id, attachId: "a" }],
      [2, { verb: "detach", attachId: "a" }],
      [2, { verb: "terminal", id, socket: "/s" }],
      [2, { verb: "adopt", id }],
    ];
    for (const [version, question] of questions) assert.equal(versionOf(question), version, question.verb);
  });
});
