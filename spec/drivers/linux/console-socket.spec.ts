/** Terminals change hands: real sockets, real terminals. */
import assert from "node:assert/strict";
import { closeSync, constants, existsSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { ConsoleSocket, giveTerminal } from "../../../src/drivers/linux/console-socket.ts";
import { isTerminalMaster, openTerminal, resizeTerminal, sizeOfTerminal } from "../../../src/drivers/linux/terminal.ts";

const directory = mkdtempSync(join(tmpdir(), "console-"));
after(() => rmSync(directory, { recursive: true }));
const path = join(directory, "console");

describe("a console socket", () => {
  it("takes a terminal that is handed over, as the giver's own one goes on or goes away", () => {
    const { master, path: other } = openTerminal();
    const taker = new ConsoleSocket(path);
    giveTerminal(path, master);
    closeSync(master);
    const taken = taker.take();
    assert.ok(taken !== undefined && isTerminalMaster(taken));
    const slave = openSync(other, constants.O_RDWR | constants.O_NOCTTY);
    writeSync(slave, "from inside\n");
    const buffer = Buffer.alloc(64);
    assert.equal(buffer.toString("latin1", 0, readSync(taken, buffer)), "from inside\r\n");
    resizeTerminal(taken, { width: 0, height: 0 });
    assert.deepEqual(sizeOfTerminal(slave), { width: 0, height: 0 });
    resizeTerminal(taken, { width: 65535, height: 40 });
    assert.deepEqual(sizeOfTerminal(slave), { width: 65535, height: 40 });
    for (const fd of [slave, taken]) closeSync(fd);
    taker.close();
    assert.ok(!existsSync(path));
  });

  it("has nothing where nobody has come yet, and takes the place of a dead taker's", () => {
    const dead = new ConsoleSocket(path);
    const taker = new ConsoleSocket(path);
    assert.equal(taker.take(), undefined);
    dead.close();
    taker.close();
  });

  it("refuses a visitor who brings words and no descriptor", async () => {
    const taker = new ConsoleSocket(path);
    const visitor = connect(path);
    await new Promise<void>((resolve) => visitor.end("hello", () => resolve()));
    assert.throws(() => taker.take(), /without a descriptor.*EPROTO/);
    visitor.destroy();
    taker.close();
  });

  it("names a path that is too long for a socket, and one where nobody listens", () => {
    assert.throws(() => new ConsoleSocket(join(directory, "x".repeat(108))), /longer than the 107 bytes/);
    const { master } = openTerminal();
    assert.throws(() => giveTerminal(path, master), /ENOENT/);
    closeSync(master);
  });
});
