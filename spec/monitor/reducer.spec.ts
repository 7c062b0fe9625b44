import { describe, it } from "node:test";
import assert from "node:assert/strict";
import type { Effect, Input, MonitorState } from "../../src/monitor/bookkeeping.ts";
import type { CreateRequest, ExecRequest, Request } from "../../src/monitor/protocol.ts";
import { initialState, reduce } from "../../src/monitor/reducer.ts";
import type { ContainerId, ExecId, Exit } from "../../src/vocabulary/index.ts";

const id = "c1" as ContainerId;
const execId = "e1" as ExecId;
const init = { pid: 42, startTicks: 7 };
const exit: Exit = { at: "1", oomKilled: false, code: 0 };
const command = { argv: ["/bin/crun"], env: {}, cwd: "/", pidFile: "/p", runtimeLog: "/l", boundMs: 1 } as const;
const create: CreateRequest = { ...command, id, watchOom: true };
const exec: ExecRequest = { ...command, execId, containerId: id, stdout: "/o", stderr: "/e" };

const asks = (request: Request, seq = 1, daemon = 1): Input => ({ type: "asked", daemon, seq, request });
const greeted: Input = { type: "greeted", daemon: 1 };
const parted: Input = { type: "parted", daemon: 1 };
const created: readonly Input[] = [greeted, asks({ verb: "create", request: create }), { type: "started", id, init }];
const ended: Input = { type: "ended", id, exit };
const acknowledged = asks({ verb: "acknowledge", id }, 2);

/** The state after all inputs, and the effects of the last. */
const after = (...inputs: readonly Input[]): { readonly state: MonitorState; readonly effects: readonly Effect[] } => {
  let step: readonly [MonitorState, readonly Effect[]] = [initialState, []];
  for (const input of inputs) step = reduce(step[0], input);
  return { state: step[0], effects: step[1] };
};
const effectsOf = (...inputs: readonly Input[]): readonly Effect[] => after(...inputs).effects;
const verbs = (...inputs: readonly Input[]): readonly string[] => effectsOf(...inputs).map((effect) => effect.do);

describe("what the monitor does about a container", () => {
  it("runs the tool, and answers when the container is there", () => {
    assert.deepEqual(effectsOf(...created.slice(0, 2)), [{ do: "create", request: create }]);
    assert.deepEqual(effectsOf(...created), [{ do: "answer", daemon: 1, seq: 1, result: { ok: init } }]);
  });

  it("keeps nothing of a create that failed", () => {
    const failure = { code: "Invalid", text: "no such file" } as const;
    const { state, effects } = after(...created.slice(0, 2), { type: "startFailed", id, failure });
    assert.deepEqual(state.subjects, {});
    assert.deepEqual(effects, [{ do: "answer", daemon: 1, seq: 1, result: { failed: failure } }]);
  });

  it("refuses to make it twice", () => {
    const [effect] = effectsOf(...created, asks({ verb: "create", request: create }, 9));
    assert(effect?.do === "answer" && "failed" in effect.result);
    assert.equal(effect.result.failed.code, "AlreadyExists");
  });

  it("keeps an exit before it reaps, and reaps before it tells", () => {
    assert.deepEqual(effectsOf(...created, ended), [
      { do: "keepExit", kind: "container", id, exit },
      { do: "reap", id },
      { do: "tell", daemon: 1, kind: "container", id, exit },
    ]);
  });

  it("tells every daemon that is there, and each that comes until one acknowledges", () => {
    const second: Input = { type: "greeted", daemon: 2 };
    assert.deepEqual(verbs(...created, second, ended), ["keepExit", "reap", "tell", "tell"]);
    assert.deepEqual(effectsOf(...created, ended, second), [
      { do: "greet", daemon: 2, containers: [id], execs: [] },
      { do: "tell", daemon: 2, kind: "container", id, exit },
    ]);
    assert.deepEqual(verbs(...created, ended, acknowledged, second), ["greet"]);
  });

  it("does not tell, but keeps, the end of one that was acknowledged before it was seen here", () => {
    assert.deepEqual(verbs(...created, acknowledged), ["answer"]);
    assert.deepEqual(verbs(...created, acknowledged, ended), ["keepExit", "reap", "acknowledge"]);
    assert.deepEqual(verbs(...created, acknowledged, ended, { type: "greeted", daemon: 2 }), ["greet"]);
  });

  it("acknowledges twice and forgets twice without a word", () => {
    assert.deepEqual(verbs(...created, ended, acknowledged), ["acknowledge", "answer"]);
    assert.deepEqual(verbs(...created, ended, acknowledged, acknowledged), ["answer"]);
    const forgotten = asks({ verb: "forget", id }, 3);
    assert.deepEqual(verbs(...created, ended, forgotten), ["release", "answer"]);
    assert.deepEqual(verbs(...created, ended, forgotten, forgotten), ["answer"]);
  });

  it("waits for one that was forgotten alive, and then drops it", () => {
    const forgotten = asks({ verb: "forget", id }, 3);
    assert.deepEqual(verbs(...created, forgotten), ["forget", "answer"]);
    assert.deepEqual(verbs(...created, forgotten, ended), ["reap", "release"]);
  });

  it("answers looks: of one that is being made when that is done", () => {
    const look = asks({ verb: "look", id }, 5);
    const answers = (...inputs: readonly Input[]): readonly unknown[] =>
      effectsOf(...inputs).flatMap((effect) => (effect.do === "answer" && effect.seq === 5 ? [effect.result] : []));
    assert.deepEqual(answers(greeted, look), [{ ok: { is: "unheard" } }]);
    assert.deepEqual(answers(...created, look), [{ ok: { is: "running" } }]);
    assert.deepEqual(answers(...created, ended, look), [{ ok: { is: "exited", exit } }]);
    const [hello, asked, started] = created as [Input, Input, Input];
    assert.deepEqual(answers(hello, asked, look), []);
    assert.deepEqual(answers(hello, asked, look, started), [{ ok: { is: "running" } }]);
    const failed: Input = { type: "startFailed", id, failure: { code: "Failed", text: "no" } };
    assert.deepEqual(answers(hello, asked, look, failed), [{ ok: { is: "unheard" } }]);
  });

  it("hears nothing of ids that it does not know", () => {
    assert.deepEqual(effectsOf(greeted, ended), []);
    assert.deepEqual(effectsOf(greeted, { type: "logEnded", id }), []);
  });
});

describe("what the monitor does about an exec", () => {
  const run = [greeted, asks({ verb: "exec", request: exec }), { type: "started", id: execId, init }] as const;

  it("tells its exit as an exec's, and keeps nothing once that is acknowledged", () => {
    const execEnded: Input = { type: "ended", id: execId, exit };
    assert.deepEqual(effectsOf(...run, execEnded).at(-1), { do: "tell", daemon: 1, kind: "exec", id: execId, exit });
    const { state, effects } = after(...run, execEnded, asks({ verb: "acknowledge", id: execId }, 2));
    assert.deepEqual(
      effects.map((effect) => effect.do),
      ["acknowledge", "release", "answer"],
    );
    assert.deepEqual(state.subjects, {});
  });

  it("ends it when nobody wants it any more, and keeps nothing of it", () => {
    const dismissed = asks({ verb: "acknowledge", id: execId }, 2);
    assert.deepEqual(verbs(...run, dismissed), ["forget", "end", "answer"]);
    const { state, effects } = after(...run, dismissed, { type: "ended", id: execId, exit });
    assert.deepEqual([effects.map((effect) => effect.do), state.subjects], [["reap", "release"], {}]);
  });

  it("ends it as soon as it has begun, when nobody wants it by then", () => {
    const dismissed = asks({ verb: "acknowledge", id: execId }, 2);
    const begun: Input = { type: "started", id: execId, init };
    assert.deepEqual(verbs(greeted, asks({ verb: "exec", request: exec }), dismissed, begun), ["answer", "end"]);
  });
});

describe("when the monitor sweeps strays", () => {
  const childEnded: Input = { type: "childEnded" };

  it("does so at once while no tool is running", () => {
    assert.deepEqual(verbs(greeted, childEnded), ["sweep"]);
  });

  it("waits for the tools: what they have just made looks like a stray", () => {
    const [hello, asked, started] = created as [Input, Input, Input];
    assert.deepEqual(verbs(hello, asked, childEnded, started), ["answer", "sweep"]);
    assert.deepEqual(verbs(hello, asked, childEnded, started, ended), ["keepExit", "reap", "tell"]);
  });

  it("waits for no creation with what it cannot have made, but for every exec", () => {
    const [hello, asked] = created as [Input, Input];
    const beside = { do: "sweepBeside", creating: [id] };
    assert.deepEqual(effectsOf(hello, asked, childEnded), [beside]);
    const alsoAsked = asks({ verb: "exec", request: exec }, 2);
    assert.deepEqual(effectsOf(hello, asked, alsoAsked, childEnded), []);
    const failed: Input = { type: "startFailed", id: execId, failure: { code: "Invalid", text: "no such program" } };
    assert.deepEqual(effectsOf(hello, asked, alsoAsked, childEnded, failed).at(-1), beside);
    assert.deepEqual(verbs(hello, asked, alsoAsked, childEnded, failed, asks({ verb: "look", id }, 3)), []);
  });
});

describe("when the monitor is upgraded", () => {
  const upgrade = asks({ verb: "upgrade" }, 8);

  it("waits for the tools, and takes no new ones", () => {
    const [hello, asked, started] = created as [Input, Input, Input];
    assert.deepEqual(verbs(hello, upgrade), ["upgrade"]);
    assert.deepEqual(verbs(hello, asked, upgrade), []);
    assert.deepEqual(verbs(hello, asked, upgrade, started), ["answer", "upgrade"]);
    const [effect] = effectsOf(hello, upgrade, asked);
    assert(effect?.do === "answer" && "failed" in effect.result);
    assert.equal(effect.result.failed.code, "Unavailable");
  });

  it("begins once, and says so to who asks again", () => {
    const again = asks({ verb: "upgrade" }, 9);
    assert.deepEqual(verbs(greeted, upgrade, again), ["answer"]);
    assert.deepEqual(verbs(greeted, upgrade, again, { type: "childEnded" }), ["sweep"]);
  });

  it("goes on as it was when it cannot be", () => {
    const failure = { code: "Failed", text: "no such program" } as const;
    const failed: Input = { type: "upgradeFailed", failure };
    assert.deepEqual(effectsOf(greeted, upgrade, failed), [
      { do: "answer", daemon: 1, seq: 8, result: { failed: failure } },
    ]);
    assert.deepEqual(verbs(greeted, upgrade, failed, asks({ verb: "create", request: create })), ["create"]);
  });
});

describe("when the monitor leaves", () => {
  const logEnded: Input = { type: "logEnded", id };
  const cases: readonly (readonly [boolean, string, readonly Input[]])[] = [
    [false, "just begun: its daemon is on the way", []],
    [true, "nobody came", [{ type: "nobodyCame" }]],
    [false, "a daemon is there", [greeted]],
    [true, "its daemon has gone, and nothing is left", [greeted, parted]],
    [false, "another daemon is there", [greeted, { type: "greeted", daemon: 2 }, parted]],
    [false, "a tool is running", [...created.slice(0, 2), parted]],
    [false, "a container lives", [...created, parted]],
    [false, "a forgotten container lives", [...created, asks({ verb: "forget", id }), parted]],
    [false, "an exit is untold", [...created, ended, logEnded, parted]],
    [false, "something may still come into a log", [...created, ended, acknowledged, parted]],
    [true, "all is told and written", [...created, ended, acknowledged, logEnded, parted]],
    [true, "the last log ends after the daemon has gone", [...created, ended, acknowledged, parted, logEnded]],
    [true, "the last one forgotten ends", [...created, asks({ verb: "forget", id }), parted, ended]],
    [false, "it is being upgraded", [greeted, asks({ verb: "upgrade" }), parted]],
  ];
  for (const [leaves, why, inputs] of cases)
    it(`${leaves ? "leaves" : "stays"}: ${why}`, () => {
      assert.equal(after(...inputs).state.left, leaves);
      assert.equal(inputs.length > 0 && effectsOf(...inputs).at(-1)?.do === "leave", leaves);
    });

  it("stays where a service manager starts and stops it", () => {
    let state: MonitorState = { ...initialState, stays: true };
    for (const input of [{ type: "nobodyCame" }, greeted, parted] as const) [state] = reduce(state, input);
    assert.equal(state.left, false);
  });

  it("hears nothing any more once it leaves", () => {
    assert.deepEqual(effectsOf(greeted, parted, { type: "greeted", daemon: 2 }), []);
  });
});

describe("what a new monitor finds of its predecessor", () => {
  const found = (more: Partial<Extract<Input, { type: "found" }>["subject"]>): Input => ({
    type: "found",
    subject: { id, kind: "container", acknowledged: false, forgotten: false, logging: true, ...more },
  });

  it("goes on with the living, and tells untold exits anew", () => {
    assert.deepEqual(verbs(found({}), greeted), ["greet"]);
    assert.deepEqual(verbs(found({}), greeted, ended), ["keepExit", "reap", "tell"]);
    assert.deepEqual(verbs(found({ exit }), greeted), ["greet", "tell"]);
    assert.deepEqual(verbs(found({ exit, acknowledged: true }), greeted), ["greet"]);
    assert.deepEqual(verbs(found({ forgotten: true }), greeted, ended), ["reap", "release"]);
  });
});

describe("the reducer", () => {
  it("holds only JSON", () => {
    const { state, effects } = after(...created, ended);
    assert.deepEqual(JSON.parse(JSON.stringify({ state, effects })), { state, effects });
  });
});
