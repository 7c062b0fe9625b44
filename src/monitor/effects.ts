/** The words of the monitor's reducer: what is said to whom, and the state with or without somebody. */
import type { Failure } from "../errors.ts";
import type { Exit } from "../vocabulary/index.ts";
import type { Asker, Effect, MonitorState, Subject } from "./bookkeeping.ts";
import type { ProcessName, Seen } from "./protocol.ts";

export const seen = (subject: Subject | undefined): Seen => {
  if (!subject) return { is: "unheard" };
  return subject.exit ? { is: "exited", exit: subject.exit } : { is: "running" };
};

export const untold = ({ exit, acknowledged }: Subject): Exit[] => (exit && !acknowledged ? [exit] : []);

export const tell = (daemon: number, { kind, id }: Subject, exit: Exit): Effect => ({
  do: "tell",
  daemon,
  kind,
  id,
  exit,
});

export const whom = ({ daemon, seq }: Asker): Asker => ({ daemon, seq });

export const answer = (asker: Asker, ok: ProcessName | Seen | null): Effect => ({
  do: "answer",
  ...whom(asker),
  result: { ok },
});

export const answerLookers = ({ lookers }: Subject, as: Subject | undefined): Effect[] =>
  lookers.map((looker) => answer(looker, seen(as)));

export const refuse = (asker: Asker, text: string, code: Failure["code"] = "Unavailable"): Effect => ({
  do: "answer",
  ...whom(asker),
  result: { failed: { code, text } },
});

export const withSubject = (state: MonitorState, subject: Subject): MonitorState => ({
  ...state,
  subjects: { ...state.subjects, [subject.id]: subject },
});

export const without = (state: MonitorState, id: string): MonitorState => {
  const { [id]: _, ...subjects } = state.subjects;
  return { ...state, subjects };
};
