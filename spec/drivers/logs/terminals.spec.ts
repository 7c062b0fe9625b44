import { afterEach, beforeEach, describe, it } from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, readdirSync, readlinkSync, rmdirSync } from "node:fs";
import { hasSession } from "../../../src/drivers/linux/terminal.ts";
import { Scene, type ScriptedTerminal } from "./support/scene.ts";

const LINES = 20_000;

/** Empty where the descriptor has been closed meanwhile. */
const targetOf = (link: string): string => {
  try {
    return readlinkSync(link);
  } catch {
    return "";
  }
};

describe("the terminal of a container", () => {
  let scene: Scene;
  beforeEach(() => (scene = new Scene()));
  afterEach(() => scene.close());

  const putAway = ({ terminal }: ScriptedTerminal): void => {
    closeSync(terminal.into);
    closeSync(terminal.master);
  };

  it("is logged as stdout, to the last byte before it hangs up, and the log ends with its FIFO", async () => {
    const one = scene.terminal("one");
    scene.logs.open({ ...one.source, terminal: one.terminal });
    one.say("hello\nprompt> ");
    await scene.logs.drain("one", 5000);
    assert.deepEqual(one.records(), ["stdout F hello\r", "stdout P prompt> "]);
    one.say("last words");
    one.end();
    await scene.heard("one hung up");
    await scene.logs.drain("one", 5000);
    assert.equal(one.output(), "hello\r\nprompt> last words");
    putAway(one);
    await scene.heard("one ended");
    assert.deepEqual(scene.told, ["one hung up", "one ended"]);
  });

  it("loses nothing of a flood that is faster than its log", async () => {
    const one = scene.terminal("one");
    scene.logs.open({ ...one.source, terminal: one.terminal });
    const writer = spawn("sh", ["-c", `stty -opost < ${one.slavePath}; seq 1 ${LINES} > ${one.slavePath}`]);
    assert.deepEqual(await once(writer, "exit"), [0, null]);
    await scene.logs.drain("one", 5000);
    assert.equal(one.output(), Array.from({ length: LINES }, (_, at) => `${at + 1}\n`).join(""));
    one.end();
    await scene.heard("one hung up");
    putAway(one);
  });

  it("comes late to a log that has begun without it, as after the death of a monitor", async () => {
    const one = scene.terminal("one");
    scene.logs.open(one.source);
    one.say("before\n");
    await scene.logs.drain("one", 5000);
    assert.deepEqual(one.records(), []);
    scene.logs.terminal("one", one.terminal);
    scene.logs.terminal("unknown", one.terminal);
    await scene.logs.drain("one", 5000);
    assert.deepEqual(one.records(), ["stdout F before\r"]);
    assert.equal(await scene.logs.stop(5000), true);
    one.say("while stopped\n");
    scene.logs.resume();
    await scene.logs.drain("one", 5000);
    assert.deepEqual(one.records().slice(1), ["stdout F while stopped\r"]);
    await scene.logs.close("one");
    one.end();
    putAway(one);
  });

  it("makes whoever writes wait while the log takes nothing, without the thread spinning, and goes on", async () => {
    const one = scene.terminal("one");
    mkdirSync(one.source.path);
    scene.logs.open({ ...one.source, terminal: one.terminal });
    const writer = spawn("sh", ["-c", `stty -opost < ${one.slavePath}; seq 1 ${LINES} > ${one.slavePath}`]);
    await scene.heard("takes nothing");
    const before = process.cpuUsage();
    await scene.logs.drain("one", 500);
    const { user, system } = process.cpuUsage(before);
    assert(user + system < 250_000, "a terminal that is not read makes the thread spin");
    assert.equal(writer.exitCode, null);
    rmdirSync(one.source.path);
    await once(writer, "exit");
    await scene.logs.drain("one", 5000);
    assert.equal(one.output(), Array.from({ length: LINES }, (_, at) => `${at + 1}\n`).join(""));
    one.end();
    await scene.heard("one hung up");
    putAway(one);
  });

  it("is not given up while a session has it, whose processes may open it again", async () => {
    const one = scene.terminal("one");
    scene.logs.open({ ...one.source, terminal: one.terminal });
    // A session leader gets the first terminal that it opens as its own.
    one.say("first\n");
    await scene.logs.drain("one", 5000);
    const script = `: < ${one.slavePath}; echo ready; read go; echo again > /dev/tty; read go`;
    const leader = spawn("setsid", ["sh", "-c", script], { stdio: ["pipe", "pipe", "inherit"] });
    await once(leader.stdout, "data");
    assert(hasSession(one.terminal.master));
    one.end();
    leader.stdin.write("\n");
    while (one.output() !== "first\r\nagain\r\n") await scene.logs.drain("one", 5000);
    assert.deepEqual(scene.told, []);
    leader.stdin.end();
    await scene.heard("one hung up");
    assert.equal(leader.signalCode, null);
    putAway(one);
  });

  it("is let go of with its container, and no descriptor of it stays", async () => {
    const one = scene.terminal("one");
    scene.logs.open({ ...one.source, terminal: one.terminal });
    one.say("all of it");
    await scene.logs.close("one");
    assert.equal(one.output(), "all of it");
    one.end();
    putAway(one);
    const held = readdirSync("/proc/self/fd").map((fd) => targetOf(`/proc/self/fd/${fd}`));
    assert.deepEqual(
      held.filter((target) => target.includes("ptmx") || target.endsWith(".log")),
      [],
    );
  });
});
