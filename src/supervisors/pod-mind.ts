/**
 * What a pod decides: it stands between its sandbox, the network attachment and the containers, who know nothing of each
 * other. The sandbox asks (`attach`, `detach`, `empty`, `clear`); the pod tells the others, and answers when it is so.
 *
 * Levels, not edges: everyone says where it is when it comes to rest, and asks again after a restart.
 */
import type { AnyEventObject } from "xstate";
import type { ChildSpec, Decision, Mind } from "./supervisor.ts";
import { attachmentActorId, containerActorId, kindOf, objectOf, sandboxActorId } from "../vocabulary/actor-ids.ts";

export interface PodState {
  /** Where each child last came to rest. */
  readonly at: Readonly<Record<string, string>>;
  /** What the sandbox waits for. */
  readonly asked: readonly ("detach" | "empty" | "clear")[];
}

type Told = NonNullable<Decision<PodState>["send"]>[number];

const containersOf = (children: readonly ChildSpec[]) => children.filter(({ kind }) => kind === "container");
const isAtRest = (state: string | undefined): boolean => state === "stopped";

/** Answers what is asked and has come true. */
const answer = (state: PodState, children: readonly ChildSpec[], sandbox: string): Decision<PodState> => {
  const containers = containersOf(children);
  const attached = children.some(({ kind }) => kind === "attachment");
  const isTrue = {
    detach: !attached,
    empty: containers.every((child) => isAtRest(state.at[objectOf(child.id)])),
    clear: containers.length === 0,
  };
  const answers = { detach: "detached", empty: "emptied", clear: "cleared" } as const;
  const done = state.asked.filter((one) => isTrue[one]);
  return {
    state: { ...state, asked: state.asked.filter((one) => !isTrue[one]) },
    send: done.map((one) => ({ to: sandbox, event: { type: answers[one] } })),
  };
};

/** What a container is still to be told that came to rest, or came into being, after the others were told. */
const owed = ({ asked }: PodState, where: string, at: number): AnyEventObject | undefined => {
  if (asked.includes("clear")) return { type: "remove", at };
  return asked.includes("empty") && !isAtRest(where) ? { type: "stop", at, deadline: at } : undefined;
};

const askContainers = (children: readonly ChildSpec[], command: AnyEventObject): Told[] =>
  containersOf(children).map(({ id }) => ({ to: id, event: command }));

/** `now`: the moment of the door; a forcible stop has no patience. */
export const podMind = (now: () => number): Mind<PodState> => ({
  initial: { at: {}, asked: [] },
  react(state, event, children) {
    const { type, id } = event as unknown as { type: string; id: string };
    const sandboxChild = children.find(({ kind }) => kind === "sandbox");
    const sandbox = sandboxChild?.id ?? "";
    const asking = (what: "detach" | "empty" | "clear", told: Told[]): Decision<PodState> => {
      const asked = state.asked.includes(what) ? state.asked : [...state.asked, what];
      const answered = answer({ ...state, asked }, children, sandbox);
      return { ...answered, send: [...told, ...(answered.send ?? [])] };
    };
    switch (type) {
      // Asked once: a sandbox that begins again before it has the answer is undone.
      case "ask.attach":
        return { state, spawn: [{ kind: "attachment", id: attachmentActorId(id), input: { id, at: now() } }] };
      case "ask.detach":
        return asking("detach", [{ to: attachmentActorId(id), event: { type: "detach", at: now() } }]);
      case "ask.empty":
        return asking("empty", askContainers(children, { type: "stop", at: now(), deadline: now() }));
      case "ask.clear":
        return asking("clear", askContainers(children, { type: "remove", at: now() }));
      case "child.at": {
        const {
          state: where,
          ips,
          failure,
        } = event as unknown as { state: string; ips?: readonly string[]; failure?: unknown };
        if (where === "attached" && state.asked.includes("detach"))
          return { state, send: [{ to: attachmentActorId(id), event: { type: "detach", at: now() } }] };
        if (where === "attached")
          return { state, send: [{ to: sandboxActorId(id), event: { type: "attached", ips } }] };
        if (where === "failed")
          return { state, send: [{ to: sandboxActorId(id), event: { type: "attachFailed", failure } }] };
        const answered = answer({ ...state, at: { ...state.at, [id]: where } }, children, sandbox);
        const container = children.find((child) => child.id === containerActorId(id));
        const command = container && owed(state, where, now());
        return {
          ...answered,
          send: [...(command ? [{ to: container.id, event: command }] : []), ...(answered.send ?? [])],
        };
      }
      case "child.gone": {
        const { [objectOf(id)]: _, ...at } = state.at;
        return kindOf(id) === "sandbox" ? { state } : answer({ ...state, at }, children, sandbox);
      }
      default:
        return { state };
    }
  },
});
