/**
 * `list-status/50/…`, `list-status/500/…`: ListContainers and ListPodSandbox on a node with so many pods: p50, and CPU per call
 * (`…/cpu`). Fifty of them are the crowd and run; all further ones are there to be listed: their sandboxes stand in the host's
 * network, and their containers are created and not started. The kubelet asks for both lists each second.
 */
import { method } from "../../src/grpc/contract.ts";
import { countCpu } from "../support/cpu.ts";
import { several } from "../support/crowd.ts";
import { createContainer, idle, removeContainer, removePod, runPod, stopPod, type Pod } from "../support/pod.ts";
import { ourName } from "../support/results.ts";
import { rounds, type Case, type Stage } from "../support/stage.ts";
import { median } from "../support/statistics.ts";
import type { System } from "../support/system.ts";

/** 20 blocks of 50: a thousand calls of each. */
const blocks = 20;
const inBlock = 50;
const running = 50;
const crowded = 500;
const atOnce = 5;
/** Whom 500 pods are put on: containerd keeps a process for each, and its OCI runtime has no part in a list. */
const peerAt500 = "containerd-runc";

/** A list, undecoded: to read 500 objects takes this driver longer than anyone needs to tell them. */
const lists = {
  containers: {
    ask: ({ client }: System) => client.bytes("ListContainers", {}),
    count: (answer: Uint8Array) => method("ListContainers").response.decode(answer).containers.length,
  },
  sandboxes: {
    ask: ({ client }: System) => client.bytes("ListPodSandbox", {}),
    count: (answer: Uint8Array) => method("ListPodSandbox").response.decode(answer).items.length,
  },
} as const;

const measure = async (stage: Stage, pods: number): Promise<void> => {
  for (const [name, { ask, count }] of Object.entries(lists))
    await rounds(stage, blocks, async (system) => {
      const cpu = countCpu();
      const took: number[] = [];
      let last: Uint8Array = Buffer.alloc(0);
      for (let i = 0; i < inBlock; i++) {
        const begun = performance.now();
        last = await ask(system);
        took.push(performance.now() - begun);
      }
      const listed = count(last);
      if (listed < pods) stage.outcome.faults.push(`${system.name}: list-status: ${listed} of ${pods} ${name}`);
      stage.record(`list-status/${pods}/${name}`, "ms", system.name, median(took));
      stage.record(`list-status/${pods}/${name}/cpu`, "CPU ms", system.name, cpu() / inBlock);
    });
};

interface Listed {
  readonly pod: Pod;
  readonly container: string;
}

const add = async ({ client, name }: System, count: number): Promise<readonly Listed[]> => {
  const added: Listed[] = [];
  await several(
    Array.from({ length: count }, (_, i) => `listed-${i}-on-${name}`),
    atOnce,
    async (each) => {
      const pod = await runPod(client, each, "host-network");
      added.push({ pod, container: await createContainer(client, pod, each, idle) });
    },
  );
  return added;
};

const take = ({ client }: System, listed: readonly Listed[]): Promise<void> =>
  several(listed, atOnce, async ({ pod, container }) => {
    await stopPod(client, pod);
    await removeContainer(client, container);
    await removePod(client, pod);
  });

export const listStatus: Case = {
  names: ["list-status"],
  run: async (stage) => {
    for (const system of stage.systems) await stage.crowds.gather(system, running);
    if (stage.wants("list-status/50")) await measure(stage, running);
    if (!stage.wants("list-status/500")) return;
    const systems = stage.systems.filter(({ name }) => [ourName, peerAt500].includes(name));
    const added = new Map<System, readonly Listed[]>();
    for (const system of systems) added.set(system, await add(system, crowded - running));
    await measure({ ...stage, systems }, crowded);
    for (const [system, listed] of added) await take(system, listed);
  },
};
