import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { serviceManager } from "../../../src/drivers/linux/service-manager.ts";
import { JournaldSocket } from "../../support/journald-socket.ts";

describe("the service manager", () => {
  let place: string;
  before(() => {
    place = mkdtempSync(join(tmpdir(), "troupe-notify-"));
  });
  after(() => rmSync(place, { recursive: true }));

  it("hears each state, and nobody whom we start can speak to it in our name", () => {
    const path = join(place, "notify");
    const socket = new JournaldSocket(path); // the same kind of socket, and fields in lines
    const env: NodeJS.ProcessEnv = { NOTIFY_SOCKET: path, PATH: "/bin" };
    const tell = serviceManager(env, (text) => assert.fail(text));
    assert.deepEqual(env, { PATH: "/bin" });
    tell("READY=1");
    tell("STOPPING=1");
    assert.deepEqual(socket.take(), [{ READY: "1" }, { STOPPING: "1" }]);
    socket.close();
  });

  it("that is not there, or has gone, keeps nobody from anything", () => {
    const said: string[] = [];
    serviceManager({}, (text) => said.push(text))("READY=1");
    assert.equal(said.length, 0);
    serviceManager({ NOTIFY_SOCKET: "/no/such" }, (text) => said.push(text))("READY=1");
    assert.match(said.join(), /^the service manager at \/no\/such cannot be told READY=1: .*ENOENT/);
  });
});
