/**
 * Records against what is there. Pure.
 *
 *   a record that cannot be read ─────────────────────────▶ doubtful   what it is about is in order, whatever it is
 *   a record, and a part of its object is not there ──────▶ missing
 *   a thing of ours of which no record speaks ────────────▶ stale
 *   a thing where only ours are, or under such a name ────▶ foreign
 *
 * A record accounts for every part of its object while work on it may be under way; only at rest it says what is to be there.
 */
import { shortId, type Part, type Thing } from "../../vocabulary/index.ts";
import { missingOf } from "./missing.ts";
import type { Observed, RecordSeen } from "./observed.ts";
import { PARTS, type Kind } from "./parts.ts";

export interface Finding {
  readonly verdict: "doubtful" | "missing" | "stale" | "foreign";
  readonly kind: Kind;
  readonly what: string;
  /** Of the sandbox, container or exec. */
  readonly id?: string;
  readonly text: string;
  /** Of what can be mended by removing it. */
  readonly mend?: Part;
}

export const judge = (observed: Observed): readonly Finding[] => [
  ...observed.doubts.map(({ file, id, reason }): Finding => ({
    verdict: "doubtful",
    kind: "record",
    what: file,
    id,
    text: `cannot be read: ${reason}; what it is about is left alone`,
  })),
  ...missingOf(observed),
  ...unaccounted(observed),
];

const unaccounted = (observed: Observed): readonly Finding[] => {
  const { records, doubts, things } = observed;
  const known = new Map(records.map((record) => [record.id, record]));
  const doubted = new Set(doubts.map(({ id }) => id));
  const partsOf = Map.groupBy(things, ({ id }) => id ?? "");
  return things.flatMap((thing) => {
    const { id } = thing;
    if (id === undefined) return ownerless(thing, observed);
    if (doubted.has(id)) return [];
    const record = known.get(id);
    if (record) return overdue(thing, record);
    const beside = (partsOf.get(id) ?? []).map(({ part }) => part);
    return unknownsThing(thing, id, beside);
  });
};

const found = (
  verdict: Finding["verdict"],
  { part, what, id }: Thing,
  text: string,
  mendable = verdict === "stale",
): readonly Finding[] => [
  {
    verdict,
    kind: PARTS[part].kind,
    what,
    ...(id === undefined ? {} : { id }),
    text: `${PARTS[part].says}${text}`,
    ...(mendable ? { mend: part } : {}),
  },
];

/** Of an object that no record speaks of. */
const unknownsThing = (thing: Thing, id: string, beside: readonly Part[]): readonly Finding[] => {
  const { part } = thing;
  const nobodys = ` of ${shortId(id)}, of which no record speaks`;
  if (part === "lostInterface") return []; // gone with its namespace, as it should
  // Other runtimes have plugins at work as well.
  if (part === "plugin" && beside.every((other) => other === "plugin" || other === "lease")) return [];
  if (part === "unreadableNote" || part === "lease")
    return found("foreign", thing, `${nobodys}: another runtime's, or ours when its note was lost`);
  // Known by a name alone, and alive: another Troupe with other directories, or ours when its files were deleted.
  if (beside.includes("process") && beside.every((other) => PARTS[other].shared === true))
    return found(
      "foreign",
      thing,
      `${nobodys}, nor a file here: another Troupe's, or ours when its files were deleted`,
    );
  return found("stale", thing, nobodys);
};

/** At rest at the end of its life an object has given back what others could use. */
const overdue = (thing: Thing, { kind, phase, title }: RecordSeen): readonly Finding[] => {
  if (phase !== "stopped") return [];
  const given: readonly Part[] = ["netns", "ipc", "uts", "userns", "attachment", "interface"];
  if (kind === "sandbox" && given.includes(thing.part)) return found("stale", thing, ` of ${title}, which is stopped`);
  if (kind === "container" && thing.part === "process")
    return found("stale", thing, ` of ${title}, which is stopped: its removal ends it`, false);
  return [];
};

const ownerless = (thing: Thing, { records, doubts, things, monitor }: Observed): readonly Finding[] => {
  const isEmpty = (): boolean =>
    records.length + doubts.length === 0 && !things.some(({ part }) => part === "cgroup" || part === "strangeCgroup");
  if (thing.part === "cgroupParent") return isEmpty() ? found("stale", thing, ", with no container left") : [];
  if (thing.part === "monitorCgroup") return monitor === undefined ? found("stale", thing, ", with no monitor") : [];
  if (thing.part === "unfinishedRecord") return found("stale", thing, ", left by a daemon that died");
  return found("foreign", thing, " that Troupe does not make: it is left alone");
};
