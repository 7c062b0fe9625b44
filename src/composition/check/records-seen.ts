/** The records of this boot as the check needs them. */
import { lookAtRecords, type RunRecord } from "../../drivers/records/run-store.ts";
import { containerConfigFromBytes, sandboxConfigFromBytes } from "../../grpc/from-cri/configured.ts";
import type { ContainerEntry, SandboxEntry } from "../../supervisors/books.ts";
import { shortId, type Thing } from "../../vocabulary/index.ts";
import { version } from "../../version.ts";
import { hostProcesses } from "../host-processes.ts";
import { checkRecord } from "../recall.ts";
import type { Doubt, RecordedContainer, RecordedSandbox, RecordSeen } from "./observed.ts";

export interface RecordsSeen {
  readonly records: readonly RecordSeen[];
  readonly doubts: readonly Doubt[];
  readonly things: readonly Thing[];
}

export const seeRecords = (runroot: string): RecordsSeen => {
  const { records, doubtful, unfinished } = lookAtRecords({ dir: runroot, program: version });
  const isRecord = ({ file }: Doubt): boolean => file.endsWith(".json");
  const doubts: Doubt[] = doubtful.filter(isRecord);
  const understood = <Seen>(kind: RunRecord["kind"], understand: (record: RunRecord) => Seen): Seen[] =>
    records
      .filter((record) => record.kind === kind)
      .flatMap((record) => {
        try {
          checkRecord(record.id, record.record);
          return [understand(record)];
        } catch (error) {
          const file = `${runroot}/${kind}/${record.id}.json`;
          doubts.push({ file, id: record.id, reason: error instanceof Error ? error.message : String(error) });
          return [];
        }
      });
  const sandboxes = understood("sandbox", sandboxSeen);
  const titles = new Map(sandboxes.map(({ id, title }) => [id, title]));
  return {
    records: [...sandboxes, ...understood("container", (record) => containerSeen(record, titles))],
    doubts,
    things: [
      ...unfinished.map((what): Thing => ({ part: "unfinishedRecord", what })),
      ...doubtful.filter((doubt) => !isRecord(doubt)).map(({ file }): Thing => ({ part: "strangeFile", what: file })),
    ],
  };
};

const PINS = { network: "netns", ipc: "ipc", uts: "uts", user: "userns" } as const;

const lives = <Init extends { readonly pid: number; readonly startTicks: number }>(init: Init | null | undefined) =>
  init ? { ...init, lives: hostProcesses.lives(init) } : null;

const sandboxSeen = ({ id, record, config }: RunRecord): RecordedSandbox => {
  const { memo, namespacePaths } = record as SandboxEntry;
  const { namespace, name } = sandboxConfigFromBytes(config).metadata;
  return {
    kind: "sandbox",
    id,
    title: `${namespace}/${name}`,
    phase: memo?.phase ?? "",
    init: lives(memo?.infra),
    pinned: Object.entries(PINS).flatMap(([kind, part]) => (namespacePaths[kind] === undefined ? [] : part)),
    attached: (memo?.ips.length ?? 0) > 0,
  };
};

const containerSeen = ({ id, record, config }: RunRecord, titles: ReadonlyMap<string, string>): RecordedContainer => {
  const { memo, sandboxId } = record as ContainerEntry;
  const pod = titles.get(sandboxId) ?? shortId(sandboxId);
  return {
    kind: "container",
    id,
    sandboxId,
    title: `${pod}/${containerConfigFromBytes(config).name}`,
    phase: memo?.phase ?? "",
    init: lives(memo?.init),
  };
};
