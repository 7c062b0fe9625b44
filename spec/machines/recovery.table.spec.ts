/** Record × world → where a container or a sandbox goes on. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { recoverContainer, type ContainerFound, type ContainerMemo } from "../../src/machines/container-recovery.ts";
import { recoverSandbox, type SandboxMemo } from "../../src/machines/sandbox-recovery.ts";

const memo = (phase: ContainerMemo["phase"]): ContainerMemo => ({
  phase,
  n: 1,
  verb: null,
  init: { pid: 7, startTicks: 1 },
  started: false,
  asked: false,
  exit: null,
  deadline: null,
  failure: null,
});
const running: ContainerFound["looked"] = { is: "running" };
const exited: ContainerFound["looked"] = { is: "exited", exit: { code: 7, at: "1", oomKilled: false } };
const worlds = {
  "no answer": {},
  "created, init lives": { status: "created", looked: running },
  "running, init lives": { status: "running", looked: running },
  "unknown to the runtime, init lives": { looked: running },
  "ended with 7": { status: "stopped", looked: exited },
} as const satisfies Record<string, ContainerFound>;

const table = {
  creating: ["removing", "removing", "removing", "removing", "removing"],
  created: ["created", "created", "created", "created", "settling"],
  starting: ["running", "created", "running", "running", "settling"],
  running: ["running", "running", "running", "running", "settling"],
  updating: ["updating", "updating", "updating", "updating", "settling"],
  stopping: ["stopping", "stopping", "stopping", "stopping", "settling"],
  stopped: ["stopped", "stopped", "stopped", "stopped", "stopped"],
  removing: ["removing", "removing", "removing", "removing", "removing"],
} as const satisfies Record<ContainerMemo["phase"], readonly string[]>;

for (const [phase, expected] of Object.entries(table))
  Object.entries(worlds).forEach(([world, found], i) => {
    it(`a container recorded as ${phase}, found ${world}, goes on as ${expected[i]}`, () => {
      const recovered = recoverContainer(memo(phase as ContainerMemo["phase"]), found);
      assert.equal(recovered.as, expected[i]);
      if (recovered.as === "settling") assert.deepEqual(recovered.exit, exited.exit);
    });
  });

it("a start that never reached the runtime leaves the container created, and its caller a reason", () => {
  const { as, failure } = recoverContainer(memo("starting"), worlds["created, init lives"]);
  assert.equal(as, "created");
  assert.match(failure?.text ?? "", /interrupted by a restart/);
});

it("a stop whose signal may not have gone out sends it, one whose signal has does not", () => {
  const stopping = { ...memo("stopping"), verb: "stop", started: true } as const;
  const recovered = (more: Partial<ContainerMemo>) =>
    recoverContainer({ ...stopping, ...more }, worlds["running, init lives"]).as;
  assert.equal(recovered({}), "asking");
  assert.equal(recovered({ asked: true }), "stopping");
  assert.equal(recovered({ verb: "remove" }), "stopping");
  assert.equal(recovered({ started: false }), "stopping");
});

const sandboxTable = {
  creating: ["removing", "removing"],
  ready: ["ready", "stopping"],
  stopping: ["stopping", "stopping"],
  stopped: ["stopped", "stopped"],
  removing: ["removing", "removing"],
} as const satisfies Record<SandboxMemo["phase"], readonly string[]>;

for (const [phase, expected] of Object.entries(sandboxTable))
  [true, false].forEach((intact, i) => {
    it(`a sandbox recorded as ${phase}, ${intact ? "intact" : "with something gone"}, goes on as ${expected[i]}`, () => {
      const before: SandboxMemo = {
        phase: phase as SandboxMemo["phase"],
        n: 1,
        verb: null,
        hostNetwork: false,
        sharesProcesses: false,
        infra: null,
        ips: [],
        failure: null,
      };
      assert.equal(recoverSandbox(before, { intact }).as, expected[i]);
    });
  });
