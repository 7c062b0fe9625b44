/**
 * The monitor's bookkeeping: who lives, who has ended, who was told, and when the monitor may leave. Pure: an input and the
 * state give the next state and what is to be done, in order; `hands.ts` does it, and the simulator has a world of its own.
 *
 *   subject   starting ──▶ living ──▶ ended ──▶ (acknowledged, forgotten)
 *                 └── failed: nothing stays
 *
 * A subject is a container or an exec. One fact, one message: `ended` comes once, with everything that is known.
 */
import type { Failure } from "../errors.ts";
import type { Exit } from "../vocabulary/index.ts";
import { attach, attachEnded, attachOutcome, detach, detachAll } from "./attachments.ts";
import type { Asker, Effect, Input, MonitorState, Step, StreamRequest, Subject } from "./bookkeeping.ts";
import { answer, answerLookers, refuse, seen, tell, untold, whom, without, withSubject } from "./effects.ts";
import type { Kind, Request } from "./protocol.ts";

export const initialState: MonitorState = {
  subjects: {},
  attachments: {},
  daemons: [],
  expecting: true,
  stays: false,
  sweepDue: false,
  left: false,
};

export const reduce = (state: MonitorState, input: Input): Step => {
  if (state.left) return [state, []];
  const [next, effects] = settle(take(state, input), input.type);
  return mayLeave(next) ? [{ ...next, left: true }, [...effects, { do: "leave" }]] : [next, effects];
};

const take = (state: MonitorState, input: Input): Step => {
  switch (input.type) {
    case "found":
      return [
        withSubject(state, { ...input.subject, phase: input.subject.exit ? "ended" : "living", lookers: [] }),
        [],
      ];
    case "greeted":
      return greeted(state, input.daemon);
    case "parted":
      return parted(state, input.daemon);
    case "asked":
      return asked(state, input, input.request);
    case "childEnded":
      return [{ ...state, sweepDue: true }, []];
    case "nobodyCame":
      return [{ ...state, expecting: false }, []];
    case "upgradeFailed":
      return upgradeFailed(state, input.failure);
    case "attached":
    case "attachFailed":
      return attachOutcome(state, input);
    case "detached":
      return attachEnded(state, input.attachId, input.why);
    case "started":
    case "startFailed":
    case "ended":
    case "logEnded": {
      const subject = state.subjects[input.id];
      return subject ? happened(state, subject, input) : [state, []];
    }
  }
};

const greeted = (state: MonitorState, daemon: number): Step => {
  const subjects = Object.values(state.subjects);
  const idsOf = (kind: Kind): string[] => subjects.filter((subject) => subject.kind === kind).map(({ id }) => id);
  const news = subjects.flatMap((subject) => untold(subject).map((exit) => tell(daemon, subject, exit)));
  return [
    { ...state, daemons: [...state.daemons, daemon], expecting: false },
    [{ do: "greet", daemon, containers: idsOf("container"), execs: idsOf("exec") }, ...news],
  ];
};

/** Nobody reads its copies any more. */
const parted = (state: MonitorState, gone: number): Step => {
  const [next, effects] = detachAll(state, ({ daemon }) => daemon === gone);
  return [{ ...next, daemons: next.daemons.filter((daemon) => daemon !== gone) }, effects];
};

const asked = (state: MonitorState, asker: Asker, request: Request): Step => {
  switch (request.verb) {
    case "create":
    case "exec":
      return begin(state, asker, request);
    case "upgrade":
      if (state.upgrade) return [state, [refuse(asker, "the monitor is being upgraded already")]];
      return [{ ...state, upgrade: { ...whom(asker), begun: false } }, []];
    case "drain":
      return [state, [{ do: "drain", ...whom(asker), id: request.id, boundMs: request.boundMs }]];
    case "look":
      return look(state, asker, request.id);
    case "acknowledge":
      return acknowledge(state, asker, request.id);
    case "forget":
      return forget(state, asker, request.id);
    case "attach":
      return attach(state, asker, request);
    case "detach":
      return detach(state, asker, request.attachId);
    case "closeInput":
    case "terminal":
    case "adopt":
    case "reopen":
      return handle(state, asker, request);
  }
};

const handle = (state: MonitorState, asker: Asker, request: StreamRequest): Step => {
  const { id } = request;
  if (state.subjects[id]?.kind === "container") return [state, [{ do: "handle", ...whom(asker), request }]];
  return [state, [refuse(asker, `the monitor has no container "${id}"`, "NotFound")]];
};

type Begin = Extract<Request, { verb: "create" | "exec" }>;

const begin = (state: MonitorState, asker: Asker, asking: Begin): Step => {
  const container = asking.verb === "create";
  const kind = container ? "container" : "exec";
  const id = container ? asking.request.id : asking.request.execId;
  if (state.upgrade) return [state, [refuse(asker, "the monitor is being upgraded")]];
  if (state.subjects[id]) return [state, [refuse(asker, `the monitor has ${kind} "${id}" already`, "AlreadyExists")]];
  const subject: Subject = {
    id,
    kind,
    phase: "starting",
    asker: whom(asker),
    lookers: [],
    acknowledged: false,
    forgotten: false,
    logging: container,
  };
  const effect: Effect = container
    ? { do: "create", request: asking.request }
    : { do: "exec", request: asking.request };
  return [withSubject(state, subject), [effect]];
};

const look = (state: MonitorState, asker: Asker, id: string): Step => {
  const subject = state.subjects[id];
  if (subject?.phase === "starting")
    return [withSubject(state, { ...subject, lookers: [...subject.lookers, whom(asker)] }), []];
  return [state, [answer(asker, seen(subject))]];
};

const acknowledge = (state: MonitorState, asker: Asker, id: string): Step => {
  const subject = state.subjects[id];
  if (subject?.kind === "exec" && !subject.exit) return dismissed(state, asker, subject);
  if (!subject || subject.phase === "starting") return [state, [answer(asker, null)]];
  // The daemon saw the end first, or knows it from our predecessor.
  if (!subject.exit) return [withSubject(state, { ...subject, acknowledged: true }), [answer(asker, null)]];
  const effects: Effect[] = subject.acknowledged ? [] : [{ do: "acknowledge", id }];
  // Of an exec nothing else is kept.
  if (subject.kind === "exec") return [without(state, id), [...effects, { do: "release", id }, answer(asker, null)]];
  return [withSubject(state, { ...subject, acknowledged: true }), [...effects, answer(asker, null)]];
};

/** Whoever asked for a command has gone, or was told that it failed: it would be nobody's. */
const dismissed = (state: MonitorState, asker: Asker, subject: Subject): Step => {
  const { id, phase } = subject;
  const effects: Effect[] = [{ do: "forget", id }, ...(phase === "living" ? [{ do: "end", id } as const] : [])];
  return [withSubject(state, { ...subject, forgotten: true }), [...effects, answer(asker, null)]];
};

const forget = (state: MonitorState, asker: Asker, id: string): Step => {
  const subject = state.subjects[id];
  if (!subject) return [state, [answer(asker, null)]];
  if (subject.phase === "ended") return released(state, id, [], [answer(asker, null)]);
  return [withSubject(state, { ...subject, forgotten: true }), [{ do: "forget", id }, answer(asker, null)]];
};

/** What still copied from it has ended. */
const released = (state: MonitorState, id: string, before: readonly Effect[], after: readonly Effect[]): Step => {
  const [next, effects] = detachAll(state, (attachment) => attachment.id === id, "ended");
  return [without(next, id), [...before, ...effects, { do: "release", id }, ...after]];
};

type Happened = Extract<Input, { type: "started" | "startFailed" | "ended" | "logEnded" }>;

const happened = (state: MonitorState, subject: Subject, input: Happened): Step => {
  const { asker, ...rest } = subject;
  switch (input.type) {
    case "started": {
      const answers = asker ? [answer(asker, input.init)] : [];
      const living: Subject = { ...rest, phase: "living", lookers: [] };
      const end: Effect[] = rest.kind === "exec" && rest.forgotten ? [{ do: "end", id: rest.id }] : [];
      return [withSubject(state, living), [...answers, ...answerLookers(subject, living), ...end]];
    }
    case "startFailed": {
      const answers: Effect[] = asker ? [{ do: "answer", ...asker, result: { failed: input.failure } }] : [];
      return [without(state, subject.id), [...answers, ...answerLookers(subject, undefined)]];
    }
    case "ended":
      return ended(state, subject, input.exit);
    case "logEnded":
      return detachAll(withSubject(state, { ...subject, logging: false }), ({ id }) => id === subject.id, "ended");
  }
};

const ended = (state: MonitorState, subject: Subject, exit: Exit): Step => {
  const { id, kind } = subject;
  if (subject.forgotten) return released(state, id, [{ do: "reap", id }], []);
  const keep: Effect[] = [
    { do: "keepExit", kind, id, exit },
    { do: "reap", id },
  ];
  const news: Effect[] = subject.acknowledged
    ? [{ do: "acknowledge", id }]
    : state.daemons.map((daemon) => tell(daemon, subject, exit));
  return [withSubject(state, { ...subject, phase: "ended", exit }), [...keep, ...news]];
};

const upgradeFailed = (state: MonitorState, failure: Failure): Step => {
  const { upgrade, ...rest } = state;
  return [rest, upgrade ? [{ do: "answer", ...whom(upgrade), result: { failed: failure } }] : []];
};

/** What waits for the tools: a sweep of all could take the init that a tool has just made, an upgrade would lose the tool. */
const settle = ([state, effects]: Step, cause: Input["type"]): Step => {
  const starting = Object.values(state.subjects).filter(({ phase }) => phase === "starting");
  if (starting.length > 0) return [state, [...effects, ...sweepBeside(state, starting, cause)]];
  const sweep: Effect[] = state.sweepDue ? [{ do: "sweep" }] : [];
  const { upgrade } = state;
  if (!upgrade || upgrade.begun) return [{ ...state, sweepDue: false }, [...effects, ...sweep]];
  const begun = { ...state, sweepDue: false, upgrade: { ...upgrade, begun: true } };
  return [begun, [...effects, ...sweep, { do: "upgrade" }]];
};

// A creation may hang for minutes, and the first process of a pid namespace does not end before each zombie in it is taken. What
// a creation makes waits for its start, and is named in its pid file; the process of an exec may have ended before it is.
const sweepBeside = (state: MonitorState, starting: readonly Subject[], cause: Input["type"]): readonly Effect[] => {
  const isMoment = ["childEnded", "started", "startFailed"].includes(cause);
  if (!state.sweepDue || !isMoment || starting.some(({ kind }) => kind === "exec")) return [];
  return [{ do: "sweepBeside", creating: starting.map(({ id }) => id) }];
};

/** Nobody to serve, nobody to wait for, nothing to tell and nothing to write down. */
const mayLeave = (state: MonitorState): boolean =>
  !state.stays &&
  state.daemons.length === 0 &&
  !state.expecting &&
  !state.upgrade &&
  Object.values(state.subjects).every(
    ({ phase, acknowledged, logging }) => phase === "ended" && acknowledged && !logging,
  );
