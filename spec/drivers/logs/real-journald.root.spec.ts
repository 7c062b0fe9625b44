import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { eventually } from "../../support/eventually.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { Epoll } from "../../../src/drivers/linux/epoll.ts";
import { Journald, JOURNALD_SOCKET } from "../../../src/drivers/logs/journald.ts";
import { Scene } from "./support/scene.ts";

const PROGRAM = "/lib/systemd/systemd-journald";
const [JOURNAL, RUNTIME] = ["/run/log/journal", "/run/systemd/journal"];
const skip = inTestNode.skip || (existsSync(PROGRAM) ? false : "needs systemd-journald");
const id = "0123456789abcdef".repeat(4);

type Entry = Readonly<Record<string, string | null | readonly number[]>>;

/** journalctl writes what is not printable as numbers; and nothing at all of what is long, without `--all`. */
const entries = (): readonly Entry[] =>
  execFileSync("journalctl", ["--directory", JOURNAL, "--all", "-o", "json", `CONTAINER_ID_FULL=${id}`], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  })
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Entry);

describe("systemd-journald", { ...inTestNode, skip }, () => {
  it("has what a container says, over its own restart", async () => {
    const made = [JOURNAL, RUNTIME].map((directory) => mkdirSync(directory, { recursive: true }) ?? directory);
    const begin = async () => {
      rmSync(JOURNALD_SOCKET, { force: true });
      const journald = spawn(PROGRAM, { stdio: "ignore" });
      await eventually("journald's socket", () => existsSync(JOURNALD_SOCKET));
      return journald;
    };
    let journald = await begin();
    const scene = new Scene(JOURNALD_SOCKET);
    const one = scene.container(id, { journaldName: "k8s_web_pod_default_uid_0" });
    scene.logs.open(one.source);
    one.say("a line\n");
    await eventually("the first entry", () => entries().length === 1);
    one.say("a warning\n", "stderr");
    await eventually("the second entry", () => entries().length === 2);
    journald.kill("SIGKILL");
    await once(journald, "exit");
    one.say("said to nobody\n");
    await scene.heard("journald cannot be reached");
    journald = await begin();
    await eventually("the third entry", () => entries().length === 3);
    one.end();
    assert.deepEqual(
      entries().map(({ MESSAGE, PRIORITY, CONTAINER_NAME, SYSLOG_IDENTIFIER }) =>
        [MESSAGE, PRIORITY, CONTAINER_NAME, SYSLOG_IDENTIFIER].join(" | "),
      ),
      ["a line | 6", "a warning | 3", "said to nobody | 6"].map(
        (said) => `${said} | k8s_web_pod_default_uid_0 | k8s_web_pod_default_uid_0`,
      ),
    );
    const options = { socket: JOURNALD_SOCKET, warn: assert.fail, retryMs: 1000, monoMs: () => 0 };
    const epoll = new Epoll();
    const direct = new Journald({ ...options, epoll });
    direct.add(id, "direct", false);
    const long = "0123456789".repeat(25_000);
    direct.copy(id, "stdout", Buffer.from(`${long}\n`)); // as a sealed file
    await eventually("the fourth entry", () => entries().length === 4);
    assert.equal(entries().at(-1)?.["MESSAGE"], long);
    for (const each of [direct, epoll]) each.close();
    await scene.close();
    journald.kill("SIGKILL");
    await once(journald, "exit");
    for (const directory of made) rmSync(directory, { recursive: true });
  });
});
