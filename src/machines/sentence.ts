/** An explanation in one sentence, which `kubectl describe pod` can show. */
import type { MonoMs } from "../vocabulary/index.ts";
import type { Explanation } from "./explanation.ts";

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** Shorter than that nothing stands still. */
const STILL_MS = 1_000;

const at = ({ text, at: since }: { readonly text: string; readonly at: MonoMs }, now: MonoMs): string =>
  `: ${text}${now - since < STILL_MS ? "" : `, unchanged for ${seconds(now - since)}`}`;

const awaited = ({ waitsFor, call }: Explanation, now: MonoMs): string => {
  const behind = call && !call.begun ? ", behind an earlier call of the same actor" : "";
  const doing = call?.doing ? at(call.doing, now) : "";
  const made = call && call.driver !== "clock" ? ` (${call.driver}.${call.verb}${behind}${doing})` : "";
  return `it waits for ${waitsFor}${made}`;
};

const untilWhen = ({ until, call }: Explanation, now: MonoMs): readonly string[] => {
  if (until?.what === "deadline") return [`for ${seconds(Math.max(0, until.at - now))} more`];
  if (until?.what === "next try") return [`next try in ${seconds(Math.max(0, until.at - now))}`];
  return call?.boundMs ? [`for at most ${seconds(call.boundMs)}`] : [];
};

export const sentenceOf = (explanation: Explanation, now: MonoMs): string => {
  const { actor, state, waitsFor, since, undoing, trouble, other } = explanation;
  if (state === null) return `${actor} is being started again after a crash`;
  const parts = [
    `${actor} is ${state}`,
    ...(waitsFor === undefined ? [] : [awaited(explanation, now)]),
    ...(since === undefined ? [] : [`since ${seconds(now - since)}`]),
    ...untilWhen(explanation, now),
    ...(undoing ? [`undoing it after: ${undoing.text}`] : []),
    ...(trouble ? [`last trouble: ${trouble.text}`] : []),
  ];
  return [parts.join(", "), ...(other ? [sentenceOf(other, now)] : [])].join("; ");
};
