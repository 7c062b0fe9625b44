/** What records at rest say is there, and is not. Pure. */
import type { Part } from "../../vocabulary/index.ts";
import type { Finding } from "./judge.ts";
import type { Observed, RecordedContainer, RecordedSandbox } from "./observed.ts";
import { PARTS } from "./parts.ts";

export const missingOf = (observed: Observed): readonly Finding[] => {
  const { records, doubts, things, monitor, daemon } = observed;
  const there = new Set(things.map(({ part, id }) => `${part} ${id ?? ""}`));
  const has = (part: Part, id: string): boolean => there.has(`${part} ${id}`);
  const ids = new Set([...records, ...doubts].map(({ id }) => id));
  const living = records.filter(({ init }) => init?.lives === true);
  return [
    ...records.flatMap((record) =>
      record.kind === "sandbox"
        ? missingOfSandbox(record, has)
        : [...missingOfContainer(record, has, daemon !== undefined), ...withoutSandbox(record, ids)],
    ),
    ...(monitor === undefined && living.length > 0
      ? [missing("process", "the monitor", undefined, monitorless(living.length, daemon))]
      : []),
  ];
};

type Has = (part: Part, id: string) => boolean;

const missing = (kind: Finding["kind"], what: string, id: string | undefined, text: string): Finding => ({
  verdict: "missing",
  kind,
  what,
  ...(id === undefined ? {} : { id }),
  text,
});

const monitorless = (living: number, daemon: number | undefined): string =>
  `${living} containers run without one, which reads their logs and exits; ` +
  (daemon === undefined ? "troupe serve starts it" : "see the daemon's log for why it does not start");

/** At rest: nobody is at work on it, in this life of the daemon or the next. */
const missingOfSandbox = (sandbox: RecordedSandbox, has: Has): readonly Finding[] => {
  const { id, title, phase, pinned, attached, init } = sandbox;
  if (phase !== "ready") return [];
  const expected: readonly Part[] = [
    ...pinned,
    "sandboxFiles",
    ...(pinned.includes("ipc") ? (["shm"] as const) : []),
    ...(attached ? (["attachment"] as const) : []),
  ];
  const lost = expected.filter((part) => !has(part, id));
  return [
    ...lost.map((part) => missing(PARTS[part].kind, PARTS[part].says, id, `of ${title} is gone: remove the pod`)),
    ...(has("lostInterface", id)
      ? [missing("interface", PARTS.lostInterface.says, id, `of ${title} is gone: remove the pod`)]
      : []),
    ...(init && !init.lives
      ? [missing("process", `pid ${init.pid}`, id, `the infra process of ${title} has ended: remove the pod`)]
      : []),
  ];
};

const missingOfContainer = (container: RecordedContainer, has: Has, served: boolean): readonly Finding[] => {
  const { id, title, phase, init } = container;
  if (phase !== "created" && phase !== "running") return [];
  if (init?.lives === true) {
    const lost = (["rootfs", "bundle", "state", "cgroup"] as const).filter((part) => !has(part, id));
    return lost.map((part) =>
      missing(PARTS[part].kind, PARTS[part].says, id, `of ${title} is gone: remove the container`),
    );
  }
  // Without a daemon it has ended, which the next one notes.
  if (!served) return [];
  const who = init ? `pid ${init.pid}` : "its first process";
  return [missing("process", who, id, `of ${title}, which the record takes to be ${phase}, has ended`)];
};

const withoutSandbox = ({ id, sandboxId, title }: RecordedContainer, ids: ReadonlySet<string>): readonly Finding[] =>
  ids.has(sandboxId)
    ? []
    : [missing("record", `sandbox ${sandboxId}`, id, `of container ${title} is gone: remove the container by its id`)];
