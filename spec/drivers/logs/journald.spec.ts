import { afterEach, beforeEach, describe, it } from "node:test";
import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.ts";
import { JournaldSocket, type Message } from "../../support/journald-socket.ts";
import { Scene, type Scripted } from "./support/scene.ts";

const id = "0123456789abcdef".repeat(4);
const journaldName = "k8s_web_pod_default_uid_0";

describe("journald, beside a log", () => {
  let scene: Scene;
  let journald: JournaldSocket;
  let received: Message[];
  beforeEach(() => {
    scene = new Scene();
    journald = new JournaldSocket(scene.journaldSocket);
    received = [];
  });
  afterEach(async () => {
    journald.close();
    await scene.close();
  });

  const opened = (name = journaldName, containerId = id): Scripted => {
    const one = scene.container(containerId, { journaldName: name });
    scene.logs.open(one.source);
    return one;
  };
  const texts = (): readonly string[] => received.map((message) => message["MESSAGE"] ?? "");
  const read = (isEnough: () => boolean): Promise<void> =>
    eventually("what journald is sent", () => {
      received.push(...journald.take());
      return isEnough();
    });
  const until = (count: number): Promise<void> => read(() => received.length >= count);

  it("gets each line that the log gets, with the fields that CRI-O's have", async () => {
    const one = opened();
    one.say("a line\n\nanother\r\n");
    await until(3);
    one.say("a warning\n", "stderr");
    await until(4);
    one.say("and a be");
    await until(5);
    one.say("gin\n");
    await until(6);
    const common = {
      CONTAINER_ID_FULL: id,
      CONTAINER_ID: id.slice(0, 12),
      CONTAINER_NAME: journaldName,
      SYSLOG_IDENTIFIER: journaldName,
    };
    const out = { ...common, PRIORITY: "6" };
    assert.deepEqual(received, [
      { ...out, MESSAGE: "a line" },
      { ...out, MESSAGE: "" },
      { ...out, MESSAGE: "another" },
      { ...common, PRIORITY: "3", MESSAGE: "a warning" },
      { ...out, CONTAINER_PARTIAL_MESSAGE: "true", MESSAGE: "and a be" },
      { ...out, MESSAGE: "gin" },
    ]);
    assert.equal(one.output(), "a line\n\nanother\r\nand a begin\n");
    one.end();
  });

  it("gets any bytes as they are, and a name with a newline", async () => {
    const one = opened("two\nlines=");
    const bytes = Buffer.from([0, 1, 0xff, 0xfe, 0x3d, 0x80, 0x0a]);
    one.say(bytes);
    await until(1);
    assert.equal(received[0]?.["MESSAGE"], bytes.toString("latin1").slice(0, -1));
    assert.equal(received[0]?.["CONTAINER_NAME"], "two\nlines=");
    one.end();
  });

  it("gets what no log gets", async () => {
    const { path: _, ...source } = scene.container(id, { journaldName }).source;
    const one = scene.container("other");
    scene.logs.open({ ...source, stdout: one.source.stdout });
    one.say("heard\n");
    await until(1);
    assert.deepEqual(texts(), ["heard"]);
    one.end();
  });

  it("that reads nothing holds nobody up: what is beyond the bound is counted, and told of where it is missing", async () => {
    const [one, other] = [opened(), opened("other", "f".repeat(64))];
    const line = (at: number): string => `${String(at).padStart(6)}${"x".repeat(93)}\n`;
    const LINES = 40_000;
    for (let at = 0; at < LINES; at += 500) one.say(Array.from({ length: 500 }, (_, more) => line(at + more)).join(""));
    await scene.logs.drain(id, 20_000);
    other.say("not held up\n");
    await scene.logs.drain("f".repeat(64), 20_000);
    assert.equal(one.output().length, LINES * 100);
    assert.equal(other.output(), "not held up\n");

    await read(() => texts().some((text) => text.startsWith("troupe: ")) && texts().includes("not held up"));
    one.say("room again\n");
    await read(() => texts().at(-1) === "room again");
    const missing = received.findIndex(({ PRIORITY }) => PRIORITY === "4");
    const told = texts().map((text) =>
      Number(/^troupe: (\d+) bytes of output are missing here: journald took nothing$/.exec(text)?.[1] ?? 0),
    );
    const said = (messages: readonly Message[]): string =>
      messages
        .filter(({ PRIORITY, CONTAINER_NAME }) => PRIORITY === "6" && CONTAINER_NAME === journaldName)
        .map(({ MESSAGE = "", CONTAINER_PARTIAL_MESSAGE }) => MESSAGE + (CONTAINER_PARTIAL_MESSAGE ? "" : "\n"))
        .join("");
    const before = said(received.slice(0, missing));
    assert(before.length >= 700_000 && one.output().startsWith(before), `${before.length} bytes`);
    assert.equal(said(received).length + told.reduce((sum, bytes) => sum + bytes, 0), one.output().length);
    for (const each of [one, other]) each.end();
  });

  it("that is not there, comes, goes and comes again: what was said meanwhile is sent", async () => {
    journald.close();
    const one = opened();
    one.say("before\n");
    assert.match(await scene.heard("journald cannot be reached"), /ENOENT.*: logs go on/);
    journald = new JournaldSocket(scene.journaldSocket);
    await until(1);
    journald.close();
    one.say("between\n");
    await scene.heard("ECONNREFUSED");
    await scene.logs.drain(id, 5000);
    journald = new JournaldSocket(scene.journaldSocket);
    one.say("after\n");
    await until(3);
    assert.deepEqual(texts(), ["before", "between", "after"]);
    assert.equal(scene.told.filter((text) => text.includes("is there again")).length, 2);
    assert.equal(one.output(), "before\nbetween\nafter\n");
    one.end();
  });

  it("is told by a successor that lines may be missing", async () => {
    const one = opened();
    one.say("first\n");
    await until(1);
    assert.equal(await scene.logs.stop(5000), true);
    scene.logs.resume();
    one.say("second\n");
    await until(3);
    assert.deepEqual(texts(), ["first", "troupe: lines may be missing here: the log thread was begun anew", "second"]);
    one.end();
  });
});
