/** Commands joined with clients: real FIFOs, real terminals; the command is whoever holds the other ends here. */
import assert from "node:assert/strict";
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import { after, describe, it } from "node:test";
import { text } from "node:stream/consumers";
import type { ClientStreams } from "../../../src/drivers/execs/client-streams.ts";
import { joinedStreams } from "../../../src/drivers/execs/joined-streams.ts";
import { giveTerminal } from "../../../src/drivers/linux/console-socket.ts";
import { Readiness } from "../../../src/drivers/linux/poll.ts";
import { openTerminal, sizeOfTerminal, type Size } from "../../../src/drivers/linux/terminal.ts";
import { makeBlocking } from "../../../src/drivers/linux/descriptor.ts";
import { isErrno } from "../../../src/drivers/linux/libc.ts";
import { joinedStreamsContract } from "./joined-streams.contract.ts";
import { eventually, openDescriptors } from "../../support/eventually.ts";

const dir = mkdtempSync(join(tmpdir(), "joined-"));
const readiness = new Readiness();
const streams = joinedStreams({ dir, readiness });
after(() => {
  readiness.close();
  rmSync(dir, { recursive: true });
});

joinedStreamsContract("streams by FIFOs", () => ({
  streams,
  begin: ({ stdin = "", stdout = "", stderr = "" }) => {
    const held = [
      openSync(stdin, constants.O_RDONLY | constants.O_NONBLOCK),
      openSync(stdout, "w"),
      openSync(stderr, "w"),
    ];
    return () => held.forEach((fd) => closeSync(fd));
  },
  left: () => readdirSync(dir).toSorted(),
  dispose: () => {},
}));

interface Client extends ClientStreams {
  readonly stdin: PassThrough;
  readonly stdout: PassThrough;
  readonly stderr: PassThrough;
  resize(size: Size): void;
}
const clientOf = (): Client => {
  let listener: (size: Size) => void = () => {};
  return {
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    onResize: (wanted) => {
      listener = wanted;
    },
    resize: (size) => listener(size),
  };
};
const ended = (output: PassThrough): Promise<string> => {
  output.end();
  return text(output as Readable);
};
/** What can be read now; "" at the end, absent: nothing yet. */
const readNow = (fd: number): string | undefined => {
  const bytes = Buffer.alloc(64);
  try {
    return bytes.toString("latin1", 0, readSync(fd, bytes));
  } catch (error) {
    if (isErrno(error, "EAGAIN")) return undefined;
    throw error;
  }
};

describe("a command's FIFOs", () => {
  it("bring a client what the command writes, and the command what the client sends, to the end of both", async () => {
    const before = openDescriptors();
    const ends = streams.open("a", { stdin: true, stdout: true, stderr: true });
    const stdin = openSync(ends.stdin ?? "", constants.O_RDONLY | constants.O_NONBLOCK);
    const [stdout, stderr] = [ends.stdout ?? "", ends.stderr ?? ""].map((path) => openSync(path, "w"));
    assert.ok(stdout !== undefined && stderr !== undefined);
    const client = clientOf();
    streams.join("a", client);
    client.stdin.end("question");
    await eventually("the question", () => readNow(stdin) === "question");
    await eventually("the end of stdin", () => readNow(stdin) === "");
    writeSync(stdout, "answer");
    writeSync(stderr, "remark");
    for (const fd of [stdin, stdout, stderr]) closeSync(fd);
    await streams.delivered("a", 60_000);
    streams.remove("a");
    assert.deepEqual(await Promise.all([ended(client.stdout), ended(client.stderr)]), ["answer", "remark"]);
    assert.deepEqual([existsSync(join(dir, "a")), openDescriptors()], [false, before]);
  });

  it("keep the command's stdin open until it has begun, and are closed when it never does", () => {
    const before = openDescriptors();
    const ends = streams.open("b", { stdin: true, stdout: true, stderr: true });
    const stdin = openSync(ends.stdin ?? "", constants.O_RDONLY | constants.O_NONBLOCK);
    assert.throws(() => readSync(stdin, Buffer.alloc(1)), { code: "EAGAIN" });
    closeSync(stdin);
    streams.remove("b");
    assert.deepEqual([existsSync(join(dir, "b")), openDescriptors()], [false, before]);
  });

  it("do not wait for a child that outlived the command and says nothing, nor hold up a client that sends to nobody", async () => {
    const ends = streams.open("c", { stdin: true, stdout: true, stderr: true });
    closeSync(openSync(ends.stdin ?? "", constants.O_RDONLY | constants.O_NONBLOCK));
    const stdout = openSync(ends.stdout ?? "", "w");
    closeSync(openSync(ends.stderr ?? "", "w"));
    const client = clientOf();
    streams.join("c", client);
    client.stdin.end(Buffer.alloc(1 << 20));
    writeSync(stdout, "before");
    await streams.delivered("c", 20);
    assert.equal(await ended(client.stdout), "before");
    assert.throws(() => writeSync(stdout, "after"), { code: "EPIPE" });
    await eventually("that all was taken", () => client.stdin.readableEnded);
    closeSync(stdout);
    streams.remove("c");
  });
});

describe("a command that does not wait for the end of its stdin", () => {
  it("leaves nothing open, though its client never ends what it sends", async () => {
    const before = openDescriptors();
    const ends = streams.open("d", { stdin: true, stdout: true, stderr: true });
    const stdin = openSync(ends.stdin ?? "", constants.O_RDONLY | constants.O_NONBLOCK);
    const [stdout, stderr] = [ends.stdout ?? "", ends.stderr ?? ""].map((path) => openSync(path, "w"));
    const client = clientOf();
    streams.join("d", client);
    client.stdin.write("word");
    await eventually("the word", () => readNow(stdin) === "word");
    for (const fd of [stdin, stdout, stderr]) closeSync(fd ?? -1);
    await streams.delivered("d", 60_000);
    streams.remove("d");
    await eventually("that its writer is closed", () => openDescriptors() === before, 2_000);
    await ended(client.stdout);
  });
});

describe("a command's terminal", () => {
  const begin = () => {
    const ends = streams.open("t", { stdin: true, stdout: true, stderr: true, console: true });
    const { master, path } = openTerminal();
    makeBlocking(master); // as OCI runtimes have it
    const inside = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
    giveTerminal(ends.console ?? "", master);
    for (const path of [ends.stdout, ends.stderr]) closeSync(openSync(path ?? "", "w")); // the OCI runtime had them
    closeSync(master);
    const client = clientOf();
    streams.join("t", client);
    return { inside, client };
  };

  it("is taken from the OCI runtime, resized, written to and read, until nobody is at its other end", async () => {
    const before = openDescriptors();
    const { inside, client } = begin();
    client.resize({ width: 132, height: 43 });
    assert.deepEqual(sizeOfTerminal(inside), { width: 132, height: 43 });
    client.stdin.write("ls\n");
    await eventually("the line that was typed", () => readNow(inside) === "ls\n");
    client.stdin.end(); // a client that closes its stdin does not close a terminal
    writeSync(inside, "a b\n");
    closeSync(inside);
    await streams.delivered("t", 60_000);
    streams.remove("t");
    assert.equal(await ended(client.stdout), "ls\r\na b\r\n");
    client.resize({ width: 1, height: 1 });
    assert.equal(openDescriptors(), before);
  });

  it("hangs up when it is told to", async () => {
    const { inside } = begin();
    streams.hangUp("t");
    await eventually("the end", () => readNow(inside) === "");
    assert.throws(() => writeSync(inside, "x"), { code: "EIO" });
    await streams.delivered("t", 60_000);
    closeSync(inside);
    streams.remove("t");
  });

  it("does not stop the daemon when a program does not read it", async () => {
    const { inside, client } = begin();
    for (let n = 0; n < 100; n++) client.stdin.write(`${"x".repeat(999)}\n`);
    await eventually("that the terminal is full", () => client.stdin.readableLength > 0);
    closeSync(inside);
    await streams.delivered("t", 20);
    streams.remove("t");
  });

  it("that was never handed over is a failure in words", () => {
    streams.open("u", { stdout: true, stderr: true, console: true });
    assert.throws(() => streams.join("u", clientOf()), /handed no terminal over/);
    streams.remove("u");
    assert.ok(!existsSync(join(dir, "u")));
  });
});
