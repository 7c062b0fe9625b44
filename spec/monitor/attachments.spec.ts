import { describe, it } from "node:test";
import assert from "node:assert/strict";
import type { Effect, Input, MonitorState } from "../../src/monitor/bookkeeping.ts";
import type { CreateRequest, Request } from "../../src/monitor/protocol.ts";
import { initialState, reduce } from "../../src/monitor/reducer.ts";
import type { ContainerId, Exit } from "../../src/vocabulary/index.ts";

const id = "c1" as ContainerId;
const init = { pid: 42, startTicks: 7 };
const exit: Exit = { at: "1", oomKilled: false, code: 0 };
const command = { argv: ["/bin/crun"], env: {}, cwd: "/", pidFile: "/p", runtimeLog: "/l", boundMs: 1 } as const;
const create: CreateRequest = { ...command, id, watchOom: true };

const asks = (request: Request, seq = 1, daemon = 1): Input => ({ type: "asked", daemon, seq, request });
const greets = (daemon: number): Input => ({ type: "greeted", daemon });
const making = [greets(1), asks({ verb: "create", request: create })] as const;
const living: readonly Input[] = [...making, { type: "started", id, init }];
const ended: Input = { type: "ended", id, exit };
const request = { id, attachId: "a1", stdout: "/out" } as const;
const attach = asks({ verb: "attach", ...request }, 5);
const attached: Input = { type: "attached", attachId: "a1" };
const detach: Effect = { do: "detach", attachId: "a1" };
const told = (why: "ended" | "slow" | "gone"): Effect => ({ do: "tellDetached", daemon: 1, attachId: "a1", why });
const answered = (seq: number, daemon = 1): Effect => ({ do: "answer", daemon, seq, result: { ok: null } });

const after = (...inputs: readonly Input[]): { readonly state: MonitorState; readonly effects: readonly Effect[] } => {
  let step: readonly [MonitorState, readonly Effect[]] = [initialState, []];
  for (const input of inputs) step = reduce(step[0], input);
  return { state: step[0], effects: step[1] };
};
const effectsOf = (...inputs: readonly Input[]): readonly Effect[] => after(...inputs).effects;
const refusal = (...inputs: readonly Input[]): string => {
  const [effect] = effectsOf(...inputs);
  assert(effect?.do === "answer" && "failed" in effect.result);
  return `${effect.result.failed.code}: ${effect.result.failed.text}`;
};

describe("what the monitor does about who attaches", () => {
  it("begins a copy, and answers when it has begun", () => {
    assert.deepEqual(effectsOf(...living, attach), [{ do: "attach", request }]);
    assert.deepEqual(effectsOf(...living, attach, attached), [answered(5)]);
    assert.deepEqual(effectsOf(...living, attach, attached, attached), []);
  });

  it("keeps nothing of one that could not begin", () => {
    const failure = { code: "Unavailable", text: "nobody reads it" } as const;
    const { state, effects } = after(...living, attach, { type: "attachFailed", attachId: "a1", failure });
    assert.deepEqual(effects, [{ do: "answer", daemon: 1, seq: 5, result: { failed: failure } }]);
    assert.deepEqual(state.attachments, {});
  });

  it("refuses in words what cannot be", () => {
    assert.match(refusal(greets(1), attach), /^NotFound: the monitor has no container "c1"/);
    assert.match(refusal(...making, attach), /^NotAllowed: .* it is being created/);
    assert.match(refusal(...living, ended, attach), /^NotAllowed: .* it has ended/);
    assert.match(refusal(...living, attach, attach), /^AlreadyExists: the monitor has attachment "a1" already/);
  });

  const ends: readonly (readonly [string, readonly Input[], readonly Effect[]])[] = [
    ["its reader was too slow", [{ type: "detached", attachId: "a1", why: "slow" }], [detach, told("slow")]],
    ["its container's log has ended", [{ type: "logEnded", id }], [detach, told("ended")]],
    ["its daemon lets go", [asks({ verb: "detach", attachId: "a1" }, 6)], [detach, answered(6)]],
    ["its daemon has parted", [{ type: "parted", daemon: 1 }], [detach]],
    [
      "its container is forgotten",
      [ended, asks({ verb: "forget", id }, 6)],
      [detach, told("ended"), { do: "release", id }, answered(6)],
    ],
  ];
  for (const [why, inputs, effects] of ends)
    it(`ends a copy, once, when ${why}`, () => {
      const { state, effects: last } = after(...living, attach, attached, ...inputs);
      assert.deepEqual(last, effects);
      assert.deepEqual(state.attachments, {});
      const [, more] = reduce(state, { type: "detached", attachId: "a1", why: "ended" });
      assert.deepEqual(more, []);
    });

  it("lets go of nobody else's when a daemon parts", () => {
    const other = asks({ verb: "attach", ...request, attachId: "a2" }, 7, 2);
    const { state } = after(...living, greets(2), attach, other, { type: "parted", daemon: 1 });
    assert.deepEqual(Object.keys(state.attachments), ["a2"]);
  });

  it("answers one that ends before it is said to have begun", () => {
    assert.deepEqual(effectsOf(...living, attach, { type: "logEnded", id }), [detach, answered(5), told("ended")]);
  });

  it("detaches twice without a word", () => {
    assert.deepEqual(effectsOf(...living, asks({ verb: "detach", attachId: "a9" }, 6)), [answered(6)]);
  });
});

describe("what the monitor is asked about a container's streams", () => {
  const requests = [
    { verb: "closeInput", id },
    { verb: "terminal", id, socket: "/s" },
    { verb: "adopt", id },
    { verb: "reopen", id },
  ] as const;
  for (const request of requests)
    it(`${request.verb}: goes to who has them, while the container is known`, () => {
      const effects = [{ do: "handle", daemon: 1, seq: 8, request }];
      assert.deepEqual(effectsOf(...living, asks(request, 8)), effects);
      assert.deepEqual(effectsOf(...living, ended, asks(request, 8)), effects);
      assert.match(refusal(greets(1), asks(request, 8)), /^NotFound: the monitor has no container "c1"/);
    });
});
