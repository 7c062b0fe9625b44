import assert from "node:assert/strict";
import { closeSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeFifo, openToRead } from "../../../src/drivers/linux/fifo.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { eventually } from "../../support/kubelet.ts";
import { daemonIn, gone, makeRunDir, removeDirs } from "../../monitor/support/daemon.ts";
import { PlainContainer, type Plan } from "../../monitor/support/plain-container.ts";
import { monitorContract } from "./monitor.contract.ts";
import { monitorCompanyContract } from "./monitor-company.contract.ts";
import { monitorDeathsContract } from "./monitor-deaths.contract.ts";
import { monitorStreamsContract } from "./monitor-streams.contract.ts";
import type { MonitorStage, SlowContainer, StagedContainer } from "./monitor-scene.ts";

const SLOW_MACHINE_MS = 60_000;
/** How long a question may take where one is to stay unanswered. */
const BRIEF_MS = 2_000;

/** A program that ends with the code that is written into this file. */
const waiting = (file: string): readonly string[] => [
  "sh",
  "-c",
  `while [ ! -e /${file} ]; do busybox usleep 5000; done; exit $(cat /${file})`,
];

const make = (): MonitorStage => {
  const [runDir, scratch] = [makeRunDir(), makeRunDir()];
  let count = 0;
  const readers: number[] = [];

  const stage = (plan: Plan): StagedContainer & { readonly plain: PlainContainer } => {
    const plain = new PlainContainer(scratch, plan);
    const write = (file: string, code: number): void => {
      const path = join(plain.bundle, "rootfs", file);
      writeFileSync(`${path}.new`, String(code));
      renameSync(`${path}.new`, path);
    };
    return {
      plain,
      id: plain.id,
      request: plain.request,
      start: async () => plain.start(),
      end: (code) => write("end", code),
      kill: async (all = false) => (all ? plain.killAll("KILL") : plain.kill("KILL")),
      exec: () => {
        const file = `end-${++count}`;
        return { request: plain.exec(waiting(file), "/dev/null", "/dev/null"), end: (code) => write(file, code) };
      },
      remove: async () => plain.delete(),
    };
  };

  /** Its create waits for a file before the OCI runtime begins. */
  const slow = (): SlowContainer => {
    const { plain, ...container } = stage({ command: waiting("end") });
    const [begun, gate] = [join(scratch, "begun"), join(scratch, "gate")];
    const script = `: > ${begun}; while [ ! -e ${gate} ]; do sleep 0.02; done; exec ${plain.request.argv.join(" ")}`;
    const there = async (path: string): Promise<void> =>
      void (await eventually(path, SLOW_MACHINE_MS, () => existsSync(path) || undefined));
    return {
      ...container,
      request: { ...plain.request, argv: ["/bin/sh", "-c", script] },
      begun: () => there(begun),
      go: () => writeFileSync(gate, ""),
      made: () => there(plain.request.pidFile),
    };
  };

  return {
    link: () => daemonIn(runDir).link,
    impatient: () => daemonIn(runDir, "first", undefined, BRIEF_MS).link,
    container: (inside, { stdin = false, terminal, console } = { console: () => "" }) =>
      stage({ command: waiting("end"), inside: inside?.pid, stdin, ...(terminal && { console }) }),
    reader: () => {
      const path = join(scratch, `fifo-${++count}`);
      makeFifo(path);
      readers.push(openToRead(path));
      return { path };
    },
    close: closeSync,
    impossible: () => stage({ command: ["/nosuch"] }),
    slow,
    loseExitFile: (id) => removeDirs(join(runDir, "exits", id)),
    hangMonitor: (pid, hangs) => void process.kill(pid, hangs ? "SIGSTOP" : "SIGCONT"),
    outlastQuestions: () => sleep(BRIEF_MS),
    killMonitor: (pid) => process.kill(pid, "SIGKILL"),
    gone,
    dispose: () => {
      for (const fd of readers) closeSync(fd);
      assert.deepEqual(readdirSync(runDir).toSorted(), ["exits", "monitor.lock", "monitor.log"]);
      assert.deepEqual(readdirSync(join(runDir, "exits")), []);
      assert.equal(readFileSync(join(runDir, "monitor.log"), "utf8"), "");
      assert.deepEqual(
        readdirSync(scratch).filter((name) => /^[0-9a-f]{64}$/.test(name)),
        [],
      );
      removeDirs(runDir, scratch);
    },
  };
};

for (const contract of [monitorContract, monitorDeathsContract, monitorCompanyContract, monitorStreamsContract])
  contract("the real link", inTestNode, make);
