/**
 * What a monitor finds when it begins: after the death of another, its records and FIFOs; after an upgrade in place, the open
 * files as well. Both go the same way from there.
 */
import type { LogSource } from "../drivers/logs/container-log.ts";
import type { Found } from "./bookkeeping.ts";
import type { Kept } from "./handover.ts";
import type { OomBaseline } from "./oom-watch.ts";
import type { KeptExit, Places, ProcessName } from "./protocol.ts";
import type { Records, SubjectRecord } from "./records.ts";
import { processNamedIn } from "./starting.ts";
import { openStreams, sourceOf, type Streams } from "./streams.ts";

export interface Taken {
  readonly subject: Found;
  /** Of a container. */
  readonly streams?: Streams;
  readonly source?: LogSource;
  /** Of one whose end nobody has seen. */
  readonly living?: { readonly init: ProcessName; readonly oom?: OomBaseline; readonly pidfd?: number };
}

export const takeOver = (
  places: Places,
  records: Records,
  kept: Kept | undefined,
  warn: (text: string) => void,
): readonly Taken[] => {
  const left = records.load();
  for (const doubt of left.doubts) warn(`${doubt}: nothing is known here of what it is about, which is left alone`);
  const exits = new Map(left.exits.map((exit) => [exit.id, exit]));
  const taken = left.records.flatMap((record) => {
    // A runtime may have made it for a predecessor which died before it could note it.
    const init = record.init ?? processNamedIn(record.pidFile);
    // Its runtime was still at work, or failed: whoever asked was never told, and undoes it.
    if (!init) records.remove(record.id);
    else if (!record.init) records.change(record.id, { init });
    const exit = exits.get(record.id);
    return init ? [takeSubject(places, { ...record, init }, exit, kept)] : [];
  });
  const alone = left.exits.filter(({ id }) => !left.records.some((record) => record.id === id));
  return [...taken, ...alone.map(takeExit)];
};

const takeSubject = (
  places: Places,
  record: SubjectRecord & { readonly init: ProcessName },
  keptExit: KeptExit | undefined,
  kept: Kept | undefined,
): Taken => {
  const { id, kind, forgotten, acknowledged, init, oom } = record;
  const exit = acknowledged ?? keptExit?.exit;
  const subject: Found = {
    id,
    kind,
    forgotten,
    acknowledged: acknowledged !== undefined,
    logging: kind === "container",
    ...(exit && { exit }),
  };
  const pidfd = kept?.pidfds[id];
  const living = exit ? {} : { living: { init, ...(oom && { oom }), ...(pidfd !== undefined && { pidfd }) } };
  if (kind === "exec") return { subject, ...living };
  const streams = kept?.streams[id] ?? openStreams(places, id, record, false);
  return { subject, ...living, streams, source: sourceOf(id, streams, record) };
};

/** The record went with its container or exec, the exit was about to. */
const takeExit = ({ id, kind, exit }: KeptExit): Taken => ({
  subject: { id, kind, exit, acknowledged: false, forgotten: false, logging: false },
});
