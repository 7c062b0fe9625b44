import { it } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Epoll } from "../../../src/drivers/linux/epoll.ts";
import { Journald } from "../../../src/drivers/logs/journald.ts";
import { openDescriptors } from "../../support/eventually.ts";
import { JournaldSocket } from "../../support/journald-socket.ts";

/** F_SEAL_SHRINK, _GROW and _WRITE: sd-journal's, and no other, which journald would not take. */
const SEALS = "0xe";

it("a line that is too long for a datagram goes to journald as a sealed file", () => {
  const directory = mkdtempSync(join(tmpdir(), "troupe-journald-"));
  const socket = join(directory, "socket");
  const epoll = new Epoll();
  const taker = new JournaldSocket(socket);
  const before = openDescriptors();
  const warn = (text: string): never => assert.fail(text);
  const journald = new Journald({ epoll, socket, warn, retryMs: 1000, monoMs: () => 0 });
  journald.add("id", "name", false);
  const long = Buffer.alloc(250_000, "long ");
  journald.copy("id", "stdout", Buffer.concat([Buffer.from("short\n"), long, Buffer.from("\nshort\n")]));
  const messages = taker.take();
  assert.deepEqual(
    messages.map(({ seals }) => seals),
    [undefined, SEALS, undefined],
  );
  assert.equal(messages[1]?.["MESSAGE"], long.toString());
  assert.equal(messages[1]?.["PRIORITY"], "6");
  journald.close();
  assert.equal(openDescriptors(), before);
  epoll.close();
  taker.close();
  rmSync(directory, { recursive: true });
});
