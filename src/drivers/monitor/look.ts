/** How a container is, by everybody who may know: the monitor, then our own eyes (`exits.ts`). */
import { Unavailable } from "../../errors.ts";
import type { ContainerId } from "../../vocabulary/index.ts";
import type { Exits } from "./exits.ts";
import type { Looked, ProcessName } from "./monitor.ts";
import type { Questions } from "./questions.ts";
import { within } from "./within.ts";

export interface LookOptions {
  readonly questions: Questions;
  readonly exits: Exits;
  /** Ends when a monitor was looked for, found or not. */
  readonly searched: () => Promise<void>;
}

/** Nothing is gone before every monitor was asked that may be there; one that lives and cannot be reached may know more. */
export const lookAt = async (options: LookOptions, id: ContainerId, init: ProcessName | undefined): Promise<Looked> => {
  const { questions, exits, searched } = options;
  const looked = await lookOnce(options, id, init);
  if (looked.is !== "gone" || exits.certain) return looked;
  const unreached = (): Error =>
    new Unavailable(`how ${id} has ended only the monitor may know, which lives and cannot be reached`);
  await within(questions.questionMs, searched(), unreached);
  const again = await lookOnce(options, id, init);
  if (again.is === "gone" && !exits.certain) throw unreached();
  return again;
};

const lookOnce = async (
  { questions, exits }: LookOptions,
  id: ContainerId,
  init: ProcessName | undefined,
): Promise<Looked> => {
  const seen = questions.mayBeAnswered ? await questions.ask({ verb: "look", id }) : { is: "unheard" as const };
  if (seen.is === "running") return seen;
  if (seen.is === "exited") return { is: "exited", exit: await exits.better(id, seen.exit) };
  if (init) exits.watch("container", id, init);
  const exit = await exits.ownWord(id);
  if (!exit) return init ? { is: "running" } : { is: "gone" };
  return "unknown" in exit ? { is: "gone" } : { is: "exited", exit };
};
