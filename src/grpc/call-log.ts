/** What is kept of calls by whoever records them: which, about what, for whom, and how they ended. Never what they carry. */
import type { Caller } from "../supervisors/runtime.ts";
import { isRead } from "./admission.ts";
import type { Method } from "./contract.ts";
import type { CodeName } from "./codes.ts";

/** A call that does work. */
export interface CallBegun {
  readonly method: string;
  /** The sandbox, container or image. */
  readonly about?: string;
  readonly agent?: string;
  /** Milliseconds since 1970. */
  readonly deadline?: number;
}

export interface CallLog {
  /** Answers the call's number. */
  asked(call: CallBegun): number;
  answered(n: number, code: string, ms: number, text?: string): void;
  /** A call that only reads has ended. */
  read(method: string, code: string, ms: number): void;
}

interface Request {
  readonly container_id?: string;
  readonly pod_sandbox_id?: string;
  readonly image?: { readonly image?: string } | null;
  readonly config?: { readonly metadata?: { readonly name?: string; readonly namespace?: string } | null } | null;
}

/** What a request is about; a name is all that a sandbox has before it is there. */
const aboutOf = (request: unknown): string | undefined => {
  const { container_id, pod_sandbox_id, image, config } = request as Request;
  const { name, namespace } = config?.metadata ?? {};
  const named = namespace ? `${namespace}/${name}` : name;
  // A container that is created is about its name in a sandbox.
  if (pod_sandbox_id && named) return `${pod_sandbox_id}/${named}`;
  return container_id ?? pod_sandbox_id ?? named ?? image?.image;
};

export interface Logged {
  /** To be told with the call. */
  readonly caller: Caller;
  ended(code: CodeName, text?: string): void;
}

/** Begins to keep a call, whose request is decoded when it is known what it is about. */
export const logged = (
  log: CallLog | undefined,
  { name }: Method,
  request: unknown,
  caller: Caller,
  now: () => number,
): Logged => {
  if (!log) return { caller, ended: () => {} };
  const began = now();
  if (isRead(name)) return { caller, ended: (code) => log.read(name, code, now() - began) };
  const about = aboutOf(request);
  const { agent, deadline } = caller;
  const n = log.asked({
    method: name,
    ...(about !== undefined && { about }),
    ...(agent !== undefined && { agent }),
    ...(deadline !== undefined && Number.isFinite(deadline) && { deadline }),
  });
  return {
    caller: { ...caller, call: n },
    // What is refused as invalid repeats the client's own words, which may be anything.
    ended: (code, text) => log.answered(n, code, now() - began, code === "INVALID_ARGUMENT" ? undefined : text),
  };
};
