/** What the monitor says of logs, in words. */
import type { Failure } from "../../errors.ts";
import type { Loss } from "./losses.ts";
import type { LogNews } from "./messages.ts";

/** To whoever wants a log reopened by a thread that is being started. */
export const notThere = (id: string): Failure => ({
  code: "Unavailable",
  text: `the log of container "${id}" cannot be opened again now: the log thread is being started`,
});

/** In the log itself: the same for the same loss. */
export const lossText = ({ bytes, since, reason }: Loss): string =>
  `${bytes} bytes of output were dropped here, from ${since} on: ${reason}`;

type About<Type extends LogNews["type"]> = Extract<LogNews, { readonly type: Type }>;

export const stalledText = ({ id, reason, drops }: About<"stalled">): string =>
  `the log of container "${id}" takes nothing: ${reason}; what it writes is ${drops ? "dropped and counted" : "kept"}`;

export const resumedText = ({ id, droppedBytes }: About<"resumed">): string =>
  `the log of container "${id}" takes again${droppedBytes > 0 ? `; ${droppedBytes} bytes were dropped` : ""}`;
