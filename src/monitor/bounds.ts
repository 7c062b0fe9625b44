/** How long whoever asks the monitor waits for its answer, and what is said when none has come. */
import { Overdue } from "../errors.ts";
import type { Request } from "./protocol.ts";

/** How long a question may take whose answer the monitor knows at once. */
export const QUESTION_MS = 4_000;
/** It waits for tools that are at work, and for the logs. */
const UPGRADE_MS = 45_000;
/** Of what has a bound of its own the monitor gives account a moment after it. */
const ANSWER_MS = 2_000;

/**
 * When a daemon gives a question up, in milliseconds: before the call that it is part of is given up. A monitor that hangs is
 * never killed, for its children are all that runs on this node. The question stays asked, and what comes of it is heard.
 */
export const boundOf = (request: Request, questionMs = QUESTION_MS): number => {
  switch (request.verb) {
    case "create":
    case "exec":
      return request.request.boundMs + ANSWER_MS;
    case "drain":
      return request.boundMs + ANSWER_MS;
    case "upgrade":
      return UPGRADE_MS;
    case "look":
    case "acknowledge":
    case "forget":
    case "attach":
    case "detach":
    case "closeInput":
    case "terminal":
    case "adopt":
    case "reopen":
      return questionMs;
  }
};

/** A container or exec; nothing: the monitor itself. */
const aboutWhom = (request: Request): string => {
  if ("id" in request) return ` about ${request.id}`;
  if (request.verb === "detach") return ` about ${request.attachId}`;
  if (request.verb === "upgrade") return "";
  return ` about ${request.verb === "exec" ? request.request.execId : request.request.id}`;
};

export const unanswered = (request: Request, boundMs: number): Overdue =>
  new Overdue(
    `the monitor has not answered "${request.verb}"${aboutWhom(request)} within its bound of ${boundMs / 1000} s: is it ` +
      "stopped, or does the host swap? Containers run on, and it is not killed; what needs it waits until it answers",
  );
