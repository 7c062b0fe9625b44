/**
 * Who reads copies of what containers write: the part of the monitor's bookkeeping (`reducer.ts`) about attachments.
 *
 *   attach ─▶ (asker) ─▶ answered ─▶ detached: told    its container's streams have ended, or nobody took what it said
 *                 └── failed             └────▶ let go   its daemon said so, or has parted
 */
import type { Asker, Attachment, Effect, Input, MonitorState, Step } from "./bookkeeping.ts";
import { answer, refuse, whom } from "./effects.ts";
import type { AttachRequest, Request, WhyDetached } from "./protocol.ts";

export const attach = (state: MonitorState, asker: Asker, asked: Extract<Request, { verb: "attach" }>): Step => {
  const { verb: _, ...request } = asked;
  const { id, attachId } = request;
  const subject = state.subjects[id];
  const refused = (text: string, code: "NotFound" | "NotAllowed" | "AlreadyExists"): Step => [
    state,
    [refuse(asker, text, code)],
  ];
  if (subject?.kind !== "container") return refused(`the monitor has no container "${id}"`, "NotFound");
  if (subject.phase !== "living")
    return refused(`nothing more comes from container "${id}": ${why[subject.phase]}`, "NotAllowed");
  if (state.attachments[attachId]) return refused(`the monitor has attachment "${attachId}" already`, "AlreadyExists");
  const attachment: Attachment = { id, daemon: asker.daemon, asker: whom(asker) };
  return [withAttachment(state, attachId, attachment), [begin(request)]];
};

const why = { starting: "it is being created", ended: "it has ended" } as const;

const begin = (request: AttachRequest): Effect => ({ do: "attach", request });

/** Who has detached meanwhile hears nothing more of it. */
export const attachOutcome = (
  state: MonitorState,
  input: Extract<Input, { type: "attached" | "attachFailed" }>,
): Step => {
  const { [input.attachId]: attachment, ...others } = state.attachments;
  if (!attachment?.asker) return [state, []];
  const { asker, ...begun } = attachment;
  if (input.type === "attached")
    return [{ ...state, attachments: { ...others, [input.attachId]: begun } }, [answer(asker, null)]];
  return [{ ...state, attachments: others }, [{ do: "answer", ...asker, result: { failed: input.failure } }]];
};

/** It has ended by itself. */
export const attachEnded = (state: MonitorState, attachId: string, reason: WhyDetached): Step =>
  state.attachments[attachId] ? end(state, attachId, reason) : [state, []];

/** Unknown ids are fine: it has ended just now. */
export const detach = (state: MonitorState, asker: Asker, attachId: string): Step => {
  const [next, effects] = state.attachments[attachId] ? end(state, attachId) : [state, []];
  return [next, [...effects, answer(asker, null)]];
};

/** All of some kind, told or not. */
export const detachAll = (
  state: MonitorState,
  isMeant: (attachment: Attachment) => boolean,
  reason?: WhyDetached,
): Step => {
  let step: Step = [state, []];
  for (const [attachId, attachment] of Object.entries(state.attachments)) {
    if (!isMeant(attachment)) continue;
    const [next, effects] = end(step[0], attachId, reason);
    step = [next, [...step[1], ...effects]];
  }
  return step;
};

const end = (state: MonitorState, attachId: string, reason?: WhyDetached): Step => {
  const { [attachId]: attachment, ...attachments } = state.attachments;
  const news: Effect[] = [{ do: "detach", attachId }];
  if (attachment?.asker) news.push(answer(attachment.asker, null)); // it had begun, and was about to be said so
  if (attachment && reason) news.push({ do: "tellDetached", daemon: attachment.daemon, attachId, why: reason });
  return [{ ...state, attachments }, news];
};

const withAttachment = (state: MonitorState, attachId: string, attachment: Attachment): MonitorState => ({
  ...state,
  attachments: { ...state.attachments, [attachId]: attachment },
});
