/** Six pods that are stuck, each by what it would be on a node. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { tryLock, type Lock } from "../../../src/drivers/linux/flock.ts";
import type { Failure } from "../../../src/errors.ts";
import type { FlightRecord } from "../../../src/inspect/record.ts";
import { busyboxImage, testImage } from "../../support/busybox-image.ts";
import { killAndAwait, monitorOf } from "../../support/daemon.ts";
import { freeze } from "../../support/freeze.ts";
import { eventually } from "../../support/kubelet.ts";
import { hang } from "../../support/scripted-plugin.ts";
import { withSmallDisk } from "../../support/small-disk.ts";
import { tar } from "../../support/tar.ts";
import type { Situation } from "./situation.ts";

const deadlineMs = 2_500;

/** Told by its refusal, not by what it is. */
const quiet = <Answer>(asked: Promise<Answer>): Promise<Answer> => {
  asked.catch(() => undefined);
  return asked;
};

/** An actor's step, after which it has such a trouble. */
const troubleIn = (record: FlightRecord, text: RegExp): boolean => {
  const { trouble } = (record.kind === "step" ? (record.set ?? {}) : {}) as { readonly trouble?: Failure | null };
  return trouble ? text.test(trouble.text) : false;
};

const addHangs: Situation = {
  title: "CNI ADD hangs: the plugin is named, and the bound at which it is killed",
  stage: async ({ bed: { kubelet }, plugin }) => {
    plugin.on("ADD", hang);
    const asked = quiet(kubelet.runPod(kubelet.podConfig("add"), { deadlineMs }));
    const pid = await plugin.hanging();
    return {
      asked,
      free: async () => {
        plugin.reset();
        process.kill(pid, "SIGKILL");
        await eventually("the undo", 10_000, async () => {
          return (await kubelet.cri.call("ListPodSandbox", {})).items.length === 0 || undefined;
        });
      },
    };
  },
  refusal:
    /^RunPodSandbox of e2e\/add: .* waits for add \(network\.attach: plugin scripted, ADD(, unchanged for \d\.\d s)?\), since \d\.\d s, for at most 180\.0 s; the work goes on, and a retry joins it$/,
  explain: {
    of: "e2e/add",
    says: [/waits for add: .*ADD.*plugin scripted/, /ends when it is done, or as a failure in/],
  },
  page: {
    says: [/e2e\/add · attachment/, /add, at plugin scripted, ADD/, /bound in 2 m/],
    since: (record) => record.kind === "doing" && record.text === "plugin scripted, ADD",
  },
};

const registryStalls: Situation = {
  title: "the registry stalls in the middle of a layer: image, bytes so far, and since when nothing came",
  stage: async ({ bed: { kubelet }, registry, repositories, held }) => {
    const image = testImage([tar([{ name: "file", content: "x".repeat(100_000) }])]);
    const layer = (response: ServerResponse, blob: Buffer): void => {
      held.push(response);
      response.writeHead(200, { "content-length": blob.length });
      response.write(blob.subarray(0, blob.length >> 1));
    };
    repositories.set("stalls", { image, layer });
    const asked = quiet(
      kubelet.cri.call("PullImage", { image: { image: `${registry.host}/stalls:tag` } }, { deadlineMs: 4_000 }),
    );
    await eventually("the request", 5_000, () => held.length > 0 || undefined);
    return {
      asked,
      free: async () => {
        for (const response of held.splice(0)) response.destroy();
        await Promise.allSettled([asked]);
      },
    };
  },
  refusal:
    /is fetching, it waits for fetch \(images\.fetch: \d+ of \d+ bytes of \S+\/stalls:tag(, unchanged for \d\.\d s)?\)/,
  explain: { says: [/stalls:tag/, /waits for fetch: .*\d+ of \d+ bytes of/] },
  page: {
    says: [/pull of \S+stalls:tag/, /fetch, at \d+ of \d+ bytes of \S+stalls:tag/, /no byte for a minute/],
    since: (record) => record.kind === "doing" && /^\d+ of \d+ bytes of \S+stalls:tag/.test(record.text),
  },
};

const frozenAtStop: Situation = {
  title: "a process is frozen as it is stopped: SIGKILL is out, and the kernel holds it",
  stage: async ({ bed: { kubelet } }) => {
    const pod = await kubelet.runPod(kubelet.podConfig("frozen"));
    const app = await kubelet.run(pod, "app", "sleep 7201");
    freeze(app, true);
    const asked = quiet(kubelet.cri.call("StopContainer", { container_id: app, timeout: "1" }, { deadlineMs: 5_000 }));
    await eventually("SIGKILL", 10_000, async () => /after SIGKILL/.test(await kubelet.lifecycle(app)) || undefined);
    return {
      asked,
      free: async () => {
        freeze(app, false);
        await kubelet.endPod(pod);
      },
    };
  },
  refusal:
    /^StopContainer of app in e2e\/frozen: .* is stopping\.\w+, it waits for exited.*last trouble: the process has not ended after SIGKILL: the kernel may hold it/,
  explain: {
    of: "frozen",
    says: [
      /waits for exited: its process has been told to end, and has not/,
      /the process has not ended after SIGKILL/,
    ],
  },
  page: {
    says: [/e2e\/frozen · app/, /exited/, /the process has not ended after SIGKILL/, /tried again/],
    since: (record) => troubleIn(record, /after SIGKILL/),
  },
};

const busyMount: Situation = {
  title: "a mount is busy as the container is removed: which one, and that it is tried again",
  stage: async ({ bed: { kubelet, place } }) => {
    const pod = await kubelet.runPod(kubelet.podConfig("busy"));
    const app = await kubelet.run(pod, "app", "sleep 7202");
    const strange = join(place, "root", "containers", app, "held");
    mkdirSync(strange);
    execFileSync("mount", ["-t", "tmpfs", "stranger", strange]);
    const asked = quiet(kubelet.cri.call("RemoveContainer", { container_id: app }, { deadlineMs }));
    const free = async (): Promise<void> => {
      execFileSync("umount", [strange]);
      await kubelet.endPod(pod);
    };
    await eventually("the trouble", 10_000, async () => /EBUSY/.test(await kubelet.lifecycle(app)) || undefined);
    return { asked, free };
  },
  refusal:
    /^RemoveContainer of app in e2e\/busy: .*last trouble: cannot remove the root filesystem of container \w+: EBUSY: .*\/held/,
  explain: { of: "busy", says: [/EBUSY: .*\/held/, /is tried again/] },
  page: {
    says: [/e2e\/busy · app/, /EBUSY: .*\/held/, /next try/],
    since: (record) => troubleIn(record, /EBUSY/),
  },
};

const deadMonitor: Situation = {
  title: "the monitor is dead and cannot be started: who holds its place",
  stage: async ({ bed: { kubelet, daemon } }) => {
    const pod = await kubelet.runPod(kubelet.podConfig("orphan"));
    const dead = killAndAwait(monitorOf(daemon) ?? 0);
    const place: Lock = await eventually("the monitor's place", 5_000, () =>
      tryLock(join(daemon.runDir, "monitor.lock")),
    );
    await dead;
    const asked = quiet(kubelet.create(pod, kubelet.appConfig("app", "exit 3"), { deadlineMs }));
    const isReady = async (): Promise<boolean> => (await kubelet.isReady("RuntimeReady")).ok;
    await eventually("a link that fails", 10_000, async () => !(await isReady()) || undefined);
    return {
      asked,
      free: async () => {
        place.release();
        await eventually("a monitor", 20_000, async () => (await isReady()) || undefined);
        await kubelet.endPod(pod);
      },
    };
  },
  refusal: /^CreateContainer of app in e2e\/orphan: .*monitor/,
  explain: {
    says: [
      /monitor-link: stuck for \S+ m?s state connecting.* waits for connect: the monitor answers, or is started/,
      /look at `\/run\/troupe\/monitor\.log`/,
    ],
  },
  page: {
    says: [/monitor-link/, /the monitor closed the connection|cannot reach/, /next try|bound in/],
    since: (record) => "actor" in record && record.actor === "monitor-link" && troubleIn(record, /./),
  },
};

const fullDisk: Situation = {
  title: "the disk is full as a container is created: which disk, and that the kubelet's next try may do",
  stage: async ({ bed: { kubelet, place, daemon }, registry, repositories }) => {
    repositories.set("busybox", { image: busyboxImage() });
    const image = `${registry.host}/busybox:tag`;
    const freed = Promise.withResolvers<void>();
    const full = Promise.withResolvers<{ readonly asked: Promise<unknown> }>();
    const ended = withSmallDisk(daemon, join(place, "root"), { bytes: 16 << 20, inodes: 2000 }, async (disk) => {
      await kubelet.cri.call("PullImage", { image: { image } });
      const pod = await kubelet.runPod(kubelet.podConfig("full"));
      disk.fill("inodes");
      const config = kubelet.appConfig("app", "true", { image: { image } });
      const asked = quiet(kubelet.create(pod, config, { deadlineMs }));
      await Promise.allSettled([asked]);
      full.resolve({ asked });
      await freed.promise;
      disk.resize({ inodes: 2000 });
      await kubelet.endPod(pod);
    });
    const { asked } = await Promise.race([full.promise, ended.then(() => Promise.reject(new Error("it ended early")))]);
    return {
      asked,
      free: () => {
        freed.resolve();
        return ended;
      },
    };
  },
  refusal: /^CreateContainer of app in e2e\/full: .*no space left on device/i,
  explain: {
    of: "full",
    atRest: true,
    says: [
      /^e2e\/full is at rest: .* refused CreateContainer, \S+ m?s ago: CreateContainer of app in e2e\/full: .*no space left on device/i,
    ],
  },
  page: {
    says: [/ends when the client asks again/, /CreateContainer of app in e2e\/full: .*no space left on device/],
    since: (record) => record.kind === "answer" && /no space left/.test(record.text ?? ""),
  },
};

export const situations: readonly Situation[] = [
  addHangs,
  registryStalls,
  frozenAtStop,
  busyMount,
  deadMonitor,
  fullDisk,
];
