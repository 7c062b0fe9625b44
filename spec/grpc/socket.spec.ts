import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Failed, Invalid } from "../../src/errors.ts";
import { socketAt } from "../../src/grpc/socket.ts";

const inFolder = async (spec: (folder: string) => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "socket-"));
  await spec(folder).finally(() => rmSync(folder, { recursive: true }));
};

const listening = (server: Server) => async (path: string) => {
  server.listen(path);
  await once(server, "listening");
};

const hangsUp = () => createServer((connection) => connection.destroy());

const reachable = async (path: string): Promise<void> => {
  const connection = connect(path).resume();
  await once(connection, "close");
};

describe("a socket", () => {
  it("appears with its mode, in a folder that is made for it, and nothing stays beside it", () =>
    inFolder(async (folder) => {
      const path = join(folder, "run/troupe/troupe.sock");
      const server = hangsUp();
      const socket = await socketAt(path, 0o660, listening(server));
      assert.equal(statSync(path).mode & 0o777, 0o660);
      assert.deepEqual(readdirSync(join(folder, "run/troupe")), ["troupe.sock"]);
      await reachable(path);
      socket.unlink();
      assert.ok(!existsSync(path));
      server.close();
    }));

  it("takes the place of one that nobody listens to any more, which cannot remove it then", () =>
    inFolder(async (folder) => {
      const path = join(folder, "troupe.sock");
      const [dead, alive] = [hangsUp(), hangsUp()];
      const left = await socketAt(path, 0o660, listening(dead));
      dead.close();
      await once(dead, "close");
      assert.ok(existsSync(path));
      await socketAt(path, 0o600, listening(alive));
      left.unlink();
      await reachable(path);
      alive.close();
    }));

  it("is bound although a daemon died while it bound one", () =>
    inFolder(async (folder) => {
      mkdirSync(join(folder, ".troupe.sock.bind"));
      writeFileSync(join(folder, ".troupe.sock.bind/s"), "");
      const server = hangsUp();
      await socketAt(join(folder, "troupe.sock"), 0o660, listening(server));
      assert.deepEqual(readdirSync(folder), ["troupe.sock"]);
      server.close();
    }));

  it("is refused at a path that the kernel would cut", () =>
    inFolder(async (folder) => {
      const path = join(folder, "d".repeat(90), "troupe.sock");
      await assert.rejects(
        socketAt(path, 0o660, listening(hangsUp())),
        (error) => error instanceof Invalid && /is too long by \d+ bytes$/.test(error.message),
      );
    }));

  it("says why it cannot listen, and leaves nothing", () =>
    inFolder(async (folder) => {
      const path = join(folder, "troupe.sock");
      await assert.rejects(
        socketAt(path, 0o660, () => Promise.reject(new Error("no more descriptors"))),
        (error) => error instanceof Failed && error.message === `cannot listen at "${path}": no more descriptors`,
      );
      assert.deepEqual(readdirSync(folder), []);
    }));
});
