import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judge } from "../../../src/composition/check/judge.ts";
import type { Observed, RecordedContainer, RecordedSandbox } from "../../../src/composition/check/observed.ts";
import { PARTS } from "../../../src/composition/check/parts.ts";
import type { Part, Thing } from "../../../src/vocabulary/index.ts";

const pod = "a".repeat(64);
const app = "b".repeat(64);
const other = "c".repeat(64);
const init = { pid: 7, startTicks: 1, lives: true };

const sandbox: RecordedSandbox = {
  kind: "sandbox",
  id: pod,
  title: "default/web",
  phase: "ready",
  init: null,
  pinned: ["netns", "ipc", "uts"],
  attached: true,
};
const container: RecordedContainer = {
  kind: "container",
  id: app,
  sandboxId: pod,
  title: "default/web/app",
  phase: "running",
  init,
};
const thing = (part: Part, id?: string): Thing => ({ part, what: `/${part}`, ...(id === undefined ? {} : { id }) });
const ofPod: readonly Thing[] = (
  ["netns", "ipc", "uts", "sandboxFiles", "shm", "attachment", "interface"] as const
).map((part) => thing(part, pod));
const ofApp: readonly Thing[] = (
  ["layer", "rootfs", "bundle", "state", "cgroup", "process", "monitorRecord"] as const
).map((part) => thing(part, app));
const well: Observed = {
  records: [sandbox, container],
  doubts: [],
  things: [...ofPod, ...ofApp, thing("cgroupParent"), thing("monitorCgroup")],
  daemon: 1,
  monitor: 2,
};
const empty: Observed = { records: [], doubts: [], things: [] };

const verdicts = (observed: Observed): readonly string[] =>
  judge(observed).map(({ verdict, what, mend }) => `${verdict} ${what}${mend ? "" : " (to be left)"}`);
const without = (...parts: readonly Part[]): Observed => ({
  ...well,
  things: well.things.filter(({ part }) => !parts.includes(part)),
});
const beside = (...things: readonly Thing[]): Observed => ({ ...well, things: [...well.things, ...things] });

describe("the judgement of a node", () => {
  it("finds nothing where each record has its things, and each thing its record; nor on an empty node", () => {
    assert.deepEqual(verdicts(well), []);
    assert.deepEqual(verdicts(empty), []);
  });

  const everyOwned = Object.keys(PARTS).filter(
    (part) => !/^strange|^cgroupParent|^monitorCgroup|^unfinished/.test(part),
  );
  const leftovers: Readonly<Record<string, string>> = {
    lostInterface: "",
    plugin: "",
    lease: "foreign /lease (to be left)",
    unreadableNote: "foreign /unreadableNote (to be left)",
    process: "foreign /process (to be left)",
  };
  for (const part of everyOwned as readonly Part[]) {
    const expected = leftovers[part] ?? `stale /${part}`;
    it(`takes ${PARTS[part].says} (${part}) of which no record speaks for ${expected || "nobody's business"}`, () => {
      assert.deepEqual(verdicts(beside(thing(part, other))), expected ? [expected] : []);
    });
    it(`leaves ${part} to its record, whatever work is under way, and to one that cannot be read`, () => {
      for (const phase of ["creating", "stopping", "removing"]) {
        const records = [{ ...sandbox, phase }, { ...container, id: other, phase }, container];
        assert.deepEqual(verdicts({ ...well, records, things: [...well.things, thing(part, other)] }), []);
      }
      const doubts = [{ file: "/f", id: other, reason: "cut" }];
      const found = verdicts({ ...beside(thing(part, other)), doubts });
      assert.deepEqual(found, ["doubtful /f (to be left)"]);
    });
  }

  it("takes what is alive under our names and has no file here for another Troupe's, and what has one for ours", () => {
    const alive = [thing("cgroup", other), thing("process", other), thing("netns", other)];
    assert.deepEqual(verdicts(beside(...alive)), [
      "foreign /cgroup (to be left)",
      "foreign /process (to be left)",
      "foreign /netns (to be left)",
    ]);
    assert.deepEqual(verdicts(beside(...alive, thing("layer", other))), [
      "stale /cgroup",
      "stale /process",
      "stale /netns",
      "stale /layer",
    ]);
  });

  it("takes a plugin at work for ours where there is more of its sandbox", () => {
    const found = verdicts(beside(thing("plugin", other), thing("attachment", other)));
    assert.deepEqual(found, ["stale /plugin", "stale /attachment"]);
  });

  for (const part of ["strangeFile", "strangeMount", "strangeCgroup"] as const)
    it(`leaves ${PARTS[part].says} that Troupe does not make`, () => {
      assert.deepEqual(verdicts(beside(thing(part))), [`foreign /${part} (to be left)`]);
    });

  it("misses the parent of cgroups and the monitor's cgroup only when nobody needs them", () => {
    const things = [thing("cgroupParent"), thing("monitorCgroup")];
    assert.deepEqual(verdicts({ ...empty, things }), ["stale /cgroupParent", "stale /monitorCgroup"]);
    assert.deepEqual(verdicts({ ...empty, things, monitor: 2 }), ["stale /cgroupParent"]);
    assert.deepEqual(verdicts({ ...empty, things: [thing("cgroupParent"), thing("strangeCgroup")] }), [
      "foreign /strangeCgroup (to be left)",
    ]);
  });

  it("tells of a record that was being written when its daemon died", () => {
    assert.deepEqual(verdicts(beside(thing("unfinishedRecord"))), ["stale /unfinishedRecord"]);
  });

  const owed: readonly (readonly [Part, string])[] = [
    ["netns", "the network namespace"],
    ["ipc", "the IPC namespace"],
    ["uts", "the UTS namespace"],
    ["sandboxFiles", "hostname, hosts and resolv.conf"],
    ["shm", "the shared memory"],
    ["attachment", "the note of the network attachment"],
    ["rootfs", "the root filesystem"],
    ["bundle", "the bundle"],
    ["state", "what the OCI runtime keeps"],
    ["cgroup", "the cgroup"],
  ];
  for (const [part, says] of owed)
    it(`misses ${part} of a pod that runs, and no other`, () => {
      assert.deepEqual(verdicts(without(part)), [`missing ${says} (to be left)`]);
    });

  it("misses of a sandbox only what it was given: nothing of a host's network, nor of one that was not attached", () => {
    const hosts: RecordedSandbox = { ...sandbox, pinned: [], attached: false };
    const things = [thing("sandboxFiles", pod), ...ofApp];
    assert.deepEqual(verdicts({ ...well, records: [hosts, container], things }), []);
  });

  it("misses the host's end of a network that its note tells of", () => {
    assert.deepEqual(verdicts(beside(thing("lostInterface", pod))), [
      "missing the host's end of the network (to be left)",
    ]);
  });

  it("misses the process of a container only beside a daemon: the next one notes the end", () => {
    const ended = { ...container, init: { ...init, lives: false } };
    const records = [sandbox, ended];
    assert.deepEqual(verdicts({ ...well, records }), ["missing pid 7 (to be left)"]);
    const { daemon: _, ...stopped } = well;
    assert.deepEqual(verdicts({ ...stopped, records }), []);
  });

  it("misses an infra process that has ended", () => {
    const shared = { ...sandbox, init: { ...init, lives: false } };
    assert.deepEqual(verdicts({ ...well, records: [shared, container] }), ["missing pid 7 (to be left)"]);
  });

  it("misses the sandbox of a container, unless its record is the one that cannot be read", () => {
    const alone: Observed = { ...well, records: [container], things: ofApp };
    assert.deepEqual(verdicts(alone), [`missing sandbox ${pod} (to be left)`]);
    const doubts = [{ file: "/f", id: pod, reason: "cut" }];
    assert.deepEqual(verdicts({ ...alone, doubts }), ["doubtful /f (to be left)"]);
  });

  it("misses a monitor while a container runs, and not without one", () => {
    const { monitor: _, ...alone } = without("monitorCgroup");
    assert.deepEqual(verdicts(alone), ["missing the monitor (to be left)"]);
    const records = [{ ...container, phase: "stopped", init: null }, sandbox];
    assert.deepEqual(verdicts({ ...alone, records, things: ofPod }), []);
  });

  it("takes what a stopped sandbox has not given back for stale, and tells of a stopped container's process", () => {
    const stopped: Observed = {
      ...well,
      records: [
        { ...sandbox, phase: "stopped" },
        { ...container, phase: "stopped", init: null },
      ],
    };
    assert.deepEqual(verdicts(stopped), [
      "stale /netns",
      "stale /ipc",
      "stale /uts",
      "stale /attachment",
      "stale /interface",
      "stale /process (to be left)",
    ]);
  });
});
