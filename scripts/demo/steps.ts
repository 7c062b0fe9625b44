/** The demo itself, step by step: a pod's life, with its runtime killed and its monitor exchanged under it. */
import { execFile } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { within } from "../slow.ts";
import type { Daemon } from "./daemon.ts";
import { image, logs, troupe } from "./place.ts";
import {
  createContainer,
  expectState,
  knockPort,
  sandboxConfig,
  scripts,
  startContainer,
  type ContainerName,
} from "./pod.ts";
import { expectEqual, type Stage, type Step } from "./stage.ts";
import { streamSteps } from "./streams.ts";
import { expectWholeLog, moreLines, webLog } from "./web-log.ts";
import { fetchText, gone, initOf, isThere, knock, logLines, numbersIn, parentOf, programOf } from "./witness.ts";

const graceSeconds = 10;

/** What later steps must know of earlier ones. */
const seen = { image: "", sandbox: "", ip: "", web: "", job: "", webPid: 0, jobPid: 0, monitor: 0 };

/** Everything that a leftover could be known by. */
export const marks = (): string[] =>
  [seen.sandbox, seen.web, seen.job, seen.image.replace(/^.*sha256:/, "")].filter((id) => id.length > 8);

/** The container's process. A start is answered when the process is let go: it is what it should be a moment later. */
const pidOf = async (name: ContainerName): Promise<number> => {
  for (const until = performance.now() + within(1000); performance.now() < until; await pause(2)) {
    const pid = initOf(scripts[name]);
    if (pid !== undefined) return pid;
  }
  throw new Error(`container ${name}: expected a process, came none`);
};

const upgradeMonitor = async (): Promise<void> => {
  await promisify(execFile)(troupe, ["monitor", "upgrade"]);
};

const firstAnswer = async ({ daemon }: Stage): Promise<string[]> => {
  const begun = performance.now();
  const { containers } = await daemon.start((client) =>
    client.call("ListContainers", {}, { deadlineMs: within(30_000) }),
  );
  return [`first answer ${Math.round(performance.now() - begun)} ms after the start: ${containers.length} containers`];
};

/** As the kubelet does: it asks until the runtime and its network are ready. */
const untilReady = async (daemon: Daemon): Promise<void> => {
  for (const until = performance.now() + within(5000); ; await pause(10)) {
    const { status } = await daemon.client().call("Status", {});
    const lacking = status?.conditions.find(({ status: ok }) => !ok);
    if (lacking === undefined) return;
    if (performance.now() > until)
      throw new Error(`${lacking.type}: expected true, came false: ${lacking.reason}: ${lacking.message}`);
  }
};

export const steps: readonly Step[] = [
  {
    title: "troupe serve",
    calm: true,
    work: async ({ daemon }) => {
      const version = await daemon.start((client) => client.call("Version", {}, { deadlineMs: within(30_000) }));
      await untilReady(daemon);
      return [`${version.runtime_name} ${version.runtime_version}, CRI ${version.runtime_api_version}, ready`];
    },
  },
  {
    title: "PullImage",
    work: async (stage) => {
      const { image_ref: reference } = await stage.call("PullImage", { image: { image } });
      const { image: pulled } = await stage.call("ImageStatus", { image: { image } });
      seen.image = pulled?.id ?? "";
      expectEqual("the image's tags", pulled?.repo_tags.join(), image);
      return [`${reference}, ${Math.round(Number(pulled?.size) / 1024)} KiB`];
    },
  },
  {
    title: "RunPodSandbox",
    work: async (stage) => {
      mkdirSync(logs, { recursive: true }); // the kubelet's to make, as to remove
      const { pod_sandbox_id: id } = await stage.call("RunPodSandbox", { config: sandboxConfig });
      seen.sandbox = id;
      stage.story.name(id, "demo");
      const { status } = await stage.call("PodSandboxStatus", { pod_sandbox_id: id });
      seen.ip = status?.network?.ip ?? "";
      if (!seen.ip.startsWith("10.88."))
        throw new Error(`the pod's address: expected one of 10.88.0.0/16, came "${seen.ip}"`);
      return [`pod ${id.slice(0, 12)} has ${seen.ip}`];
    },
  },
  {
    title: "CreateContainer web",
    work: async (stage) => {
      seen.web = await createContainer(stage, "web", seen.sandbox);
      await expectState(stage, seen.web, "CONTAINER_CREATED");
      return [];
    },
  },
  {
    title: "StartContainer web",
    work: async (stage) => {
      await startContainer(stage, seen.web);
      seen.webPid = await pidOf("web");
      seen.monitor = parentOf(seen.webPid);
      return [`pid ${seen.webPid}, child of the monitor, pid ${seen.monitor}`];
    },
  },
  {
    title: "HTTP GET",
    work: async () => {
      const answer = await fetchText(`http://${seen.ip}/`, within(5000));
      expectEqual(`what http://${seen.ip}/ says`, answer, "200 hello from the pod");
      return [`http://${seen.ip}/: ${answer}`];
    },
  },
  {
    title: "ExecSync",
    work: async (stage) => {
      const done = await stage.call("ExecSync", {
        container_id: seen.web,
        cmd: ["/bin/sh", "-c", "echo out of $(hostname); echo err >&2; exit 5"],
        timeout: "5",
      });
      const [out, err] = [done.stdout, done.stderr].map((bytes) => Buffer.from(bytes).toString().trim());
      expectEqual("what the command said and ended with", `${out}, ${err}, ${done.exit_code}`, "out of demo, err, 5");
      return [`stdout "${out}", stderr "${err}", exit code ${done.exit_code}`];
    },
  },
  ...streamSteps(seen),
  {
    title: "ContainerStatus",
    work: async (stage) => {
      const { image_id: id } = await expectState(stage, seen.web, "CONTAINER_RUNNING");
      expectEqual("its image", id, seen.image);
      return ["CONTAINER_RUNNING"];
    },
  },
  {
    title: "CreateContainer, StartContainer job",
    work: async (stage) => {
      seen.job = await createContainer(stage, "job", seen.sandbox);
      await startContainer(stage, seen.job);
      seen.jobPid = await pidOf("job");
      return [`pid ${seen.jobPid}`];
    },
  },
  {
    title: "kill -9 of the daemon; the job ends by itself; the daemon again",
    calm: true,
    work: async (stage) => {
      await stage.daemon.kill();
      await knock(seen.ip, knockPort);
      const ms = await gone(seen.jobPid, within(5000));
      expectEqual("web, with no daemon, is there", isThere(seen.webPid), true);
      const page = await fetchText(`http://${seen.ip}/`, within(1000));
      expectEqual("what the pod says with no daemon", page, "200 hello from the pod");
      const notes = await firstAnswer(stage);
      await expectState(stage, seen.web, "CONTAINER_RUNNING");
      expectEqual("web's pid", await pidOf("web"), seen.webPid);
      const { exit_code: code } = await expectState(stage, seen.job, "CONTAINER_EXITED");
      expectEqual("the job's exit code", code, 7);
      return [
        `with no daemon: web served its page, the job ended ${Math.round(ms)} ms after it was told to`,
        ...notes,
        `web runs with the same pid ${seen.webPid}; the job is EXITED with ${code}`,
      ];
    },
  },
  {
    title: "the monitor is exchanged under the containers",
    calm: true,
    work: async (stage) => {
      const program = programOf(seen.monitor);
      const before = numbersIn(webLog).length;
      await upgradeMonitor();
      await moreLines(numbersIn(webLog).length + 100, within(5000));
      const after = expectWholeLog();
      if (programOf(seen.monitor) === program) throw new Error("the monitor: expected a new program, came the old one");
      expectEqual("web's parent", parentOf(seen.webPid), seen.monitor);
      await expectState(stage, seen.web, "CONTAINER_RUNNING");
      return [
        `a new program in the same process ${seen.monitor}; web runs on`,
        `web wrote ${after - before} numbered lines meanwhile: of all ${after} none is missing, none is doubled`,
      ];
    },
  },
  {
    title: "StopContainer web",
    work: async (stage) => {
      await stage.call("StopContainer", { container_id: seen.web, timeout: String(graceSeconds) });
      const { exit_code: code } = await expectState(stage, seen.web, "CONTAINER_EXITED");
      expectEqual("web's exit code", code, 3);
      expectEqual("its last line", logLines(webLog).at(-1), "stopped by TERM");
      return [`SIGTERM, exit code ${code}; its log ends after ${expectWholeLog()} numbered lines`];
    },
  },
  {
    title: "RemoveContainer web, job",
    work: async (stage) => {
      for (const id of [seen.web, seen.job]) await stage.call("RemoveContainer", { container_id: id });
      const { containers } = await stage.call("ListContainers", {});
      expectEqual("containers in the list", containers.length, 0);
      return [];
    },
  },
  {
    title: "StopPodSandbox",
    work: async (stage) => {
      await stage.call("StopPodSandbox", { pod_sandbox_id: seen.sandbox });
      return [];
    },
  },
  {
    title: "RemovePodSandbox",
    work: async (stage) => {
      await stage.call("RemovePodSandbox", { pod_sandbox_id: seen.sandbox });
      const { items } = await stage.call("ListPodSandbox", {});
      expectEqual("pods in the list", items.length, 0);
      rmSync(logs, { recursive: true });
      return [];
    },
  },
  {
    title: "RemoveImage",
    work: async (stage) => {
      await stage.call("RemoveImage", { image: { image } });
      const { images } = await stage.call("ListImages", {});
      expectEqual("images in the list", images.length, 0);
      return [];
    },
  },
  {
    title: "the daemon is stopped, the monitor leaves by itself",
    calm: true,
    work: async ({ daemon }) => {
      expectEqual("the daemon's status after SIGTERM", await daemon.stop(), 0);
      return [`the monitor was gone ${Math.round(await gone(seen.monitor, within(15_000)))} ms later`];
    },
  },
];

/** A pod that stays, for a person to look at. Answers its address. */
export const stay = async (stage: Stage): Promise<string> => {
  await stage.daemon.start((client) => client.call("Version", {}, { deadlineMs: within(30_000) }));
  for (const step of steps.slice(1, 5)) await step.work(stage);
  return seen.ip;
};
