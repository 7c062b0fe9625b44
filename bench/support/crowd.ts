/** Pods that stand by, a crowd of them on each system: for cases that want a full node. They stay until the end. */
import type { CriClient } from "../../src/grpc/client.ts";
import { createContainer, idle, removeContainer, removePod, runPod, startContainer, stopPod, type Pod } from "./pod.ts";
import type { System } from "./system.ts";

interface Member {
  readonly pod: Pod;
  container: string;
}

const atOnce = 5;

/** Does `work` for every thing, some at once. */
export const several = async <Thing>(
  things: readonly Thing[],
  width: number,
  work: (thing: Thing) => Promise<void>,
): Promise<void> => {
  const waiting = [...things];
  const lane = async (): Promise<void> => {
    for (let thing = waiting.shift(); thing !== undefined; thing = waiting.shift()) await work(thing);
  };
  await Promise.all(Array.from({ length: width }, lane));
};

export class Crowds {
  readonly #crowds = new Map<CriClient, Member[]>();
  readonly #name: string;

  /** Two crowds on a node at once have different names. */
  constructor(name = "crowd") {
    this.#name = name;
  }

  /** The containers of at least `count` running pods. */
  async gather({ client, name }: System, count: number): Promise<readonly string[]> {
    const crowd = this.#crowds.get(client) ?? [];
    this.#crowds.set(client, crowd);
    const missing = Array.from(
      { length: count - crowd.length },
      (_, i) => `${this.#name}-${crowd.length + i}-of-${name}`,
    );
    await several(missing, atOnce, async (each) => {
      const pod = await runPod(client, each, "pid-container");
      const container = await createContainer(client, pod, each, idle);
      await startContainer(client, container);
      crowd.push({ pod, container });
    });
    return crowd.map(({ container }) => container);
  }

  /** In place of a container that has ended, another one like it in the same pod. */
  async renew({ client }: System, container: string): Promise<void> {
    const member = this.#crowds.get(client)?.find((one) => one.container === container);
    if (!member) throw new Error(`${container} is of no crowd`);
    await removeContainer(client, container);
    member.container = await createContainer(client, member.pod, member.pod.name, idle);
    await startContainer(client, member.container);
  }

  /** The name of the pod and of the program in it, the last word of that's command line. */
  nameOf({ client }: System, container: string): string | undefined {
    return this.#crowds.get(client)?.find((one) => one.container === container)?.pod.name;
  }

  /** Everyone goes. */
  async leave(): Promise<void> {
    for (const [client, crowd] of this.#crowds)
      await several(crowd, atOnce, async ({ pod, container }) => {
        await stopPod(client, pod);
        await removeContainer(client, container);
        await removePod(client, pod);
      });
    this.#crowds.clear();
  }
}
