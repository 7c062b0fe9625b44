/** `exit-event`: a container's process is killed; how long until ContainerStatus, asked each millisecond, says that it exited. */
import { setTimeout as pause } from "node:timers/promises";
import { initOf } from "../../scripts/demo/witness.ts";
import {
  createContainer,
  exitedStatus,
  idle,
  removeContainer,
  removePod,
  runPod,
  startContainer,
  stopPod,
} from "../support/pod.ts";
import { exitTableOf } from "../support/phases.ts";
import { ourName } from "../support/results.ts";
import { rounds, type Case } from "../support/stage.ts";

const exits = 20;
const fullExits = 200;
const SIGKILL = 9;

const processOf = async (name: string): Promise<number> => {
  for (;;) {
    const pid = initOf(name);
    if (pid !== undefined) return pid;
    await pause(1);
  }
};

export const exitEvent: Case = {
  names: ["exit-event"],
  run: async (stage) => {
    const pods = new Map(
      await Promise.all(
        stage.systems.map(async ({ client, name }) => {
          const pod = await runPod(client, `exits-of-${name}`, "pid-container");
          return [client, pod] as const;
        }),
      ),
    );
    const ours: string[] = [];
    await rounds(stage, stage.full ? fullExits : exits, async ({ name: system, client }, round) => {
      const name = `exit-${round}-of-${system.replaceAll(/\W+/g, "-")}`;
      const id = await createContainer(client, pods.get(client)!, name, idle);
      await startContainer(client, id);
      if (system === ourName) ours.push(id);
      const pid = await processOf(name);
      const begun = performance.now();
      process.kill(pid, "SIGKILL");
      const { exit_code: code } = await exitedStatus(client, id, () => pause(1));
      stage.record("exit-event", "ms", system, performance.now() - begun);
      if (code !== 128 + SIGKILL) stage.outcome.faults.push(`${system}: exit-event: exit code ${code} after SIGKILL`);
      await removeContainer(client, id);
    });
    const log = stage.systems.find(({ name }) => name === ourName)?.log;
    if (log !== undefined)
      stage.outcome.findings["Phases of exit-event"] =
        `${exitTableOf(log, ours)}\n\nContainerStatus says EXITED when \`settling.committing\` is over. Before them, from the signal on: the kernel ends the container's processes, the monitor sees it and tells.`;
    for (const [client, pod] of pods) {
      await stopPod(client, pod);
      await removePod(client, pod);
    }
  },
};
