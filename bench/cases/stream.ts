/**
 * `stream`: milliseconds a megabyte takes on its way to a client over SPDY, as kubectl and crictl speak it: the output of an
 * exec (`/exec`), and what a program in the pod sends through a forwarded port (`/port-forward`), one connection at a time.
 */
import { SpdyClient, type ClientSideStream } from "../../spec/support/spdy-client.ts";
import { countCpu } from "../support/cpu.ts";
import {
  createContainer,
  removeContainer,
  removePod,
  runPod,
  startContainer,
  stopPod,
  type Pod,
} from "../support/pod.ts";
import { median } from "../support/statistics.ts";
import { rounds, type Case, type Stage } from "../support/stage.ts";
import type { System } from "../support/system.ts";

const blocks = 10;
const port = 9000;
/** dd's own blocks: what a pipe holds. */
const blockBytes = 65_536;
const megabytes = 128;
const bytes = megabytes * 1e6 - ((megabytes * 1e6) % blockBytes);
const pour = ["dd", "if=/dev/zero", `bs=${blockBytes}`, `count=${bytes / blockBytes}`];

interface Source {
  readonly pod: Pod;
  readonly container: string;
}

/** Opens one stream that a system pours into. */
type Way = (system: System, source: Source) => Promise<{ client: SpdyClient; stream: ClientSideStream }>;

const ways: Readonly<Record<"exec" | "port-forward", Way>> = {
  exec: async ({ client: cri }, { container }) => {
    const { url } = await cri.call("Exec", { container_id: container, cmd: pour, stdout: true });
    const client = await SpdyClient.open(url, { keep: false });
    const { stdout } = await client.command("error", "stdout");
    return { client, stream: stdout };
  },
  "port-forward": async ({ client: cri }, { pod }) => {
    const { url } = await cri.call("PortForward", { pod_sandbox_id: pod.sandbox });
    const client = await SpdyClient.open(url, { protocols: ["portforward.k8s.io"], keep: false });
    const { data } = await client.forward(port, "0");
    return { client, stream: data };
  },
};

/** Milliseconds a megabyte, from the first byte that came to the last. */
const measure = async (way: Way, system: System, source: Source): Promise<number> => {
  const { client, stream } = await way(system, source);
  try {
    await client.until("the first byte", () => stream.bytes > 0 || stream.over || client.closed);
    const [begun, had] = [performance.now(), stream.bytes];
    await client.until("the last byte", () => stream.bytes >= bytes || stream.over || client.closed);
    const took = performance.now() - begun;
    if (stream.bytes !== bytes) throw new Error(`${stream.bytes} of ${bytes} bytes came`);
    return took / ((bytes - had) / 1e6);
  } finally {
    client.destroy();
  }
};

const sourceOn = async ({ client, name }: System): Promise<Source> => {
  const pod = await runPod(client, `source-of-${name}`, "pid-container");
  const script = `exec nc -ll -p ${port} -e ${pour.join(" ")}`;
  const container = await createContainer(client, pod, `source-of-${name}`, script);
  await startContainer(client, container);
  return { pod, container };
};

/** Those that do it at all; why another does not is told. */
const willing = async (stage: Stage, name: string, way: Way, sources: Map<System["client"], Source>) => {
  const systems: System[] = [];
  for (const system of stage.systems)
    try {
      await measure(way, system, sources.get(system.client)!);
      systems.push(system);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      stage.outcome.skipped[`${name} by ${system.name}`] = why;
    }
  return systems;
};

const rates = (stage: Stage, names: readonly string[]): string =>
  names
    .flatMap((name) =>
      Object.entries(stage.outcome.samples[name]?.systems ?? {}).map(
        ([system, samples]) => `- ${name} by ${system}: ${(1000 / median(samples)).toFixed(0)} MB/s`,
      ),
    )
    .join("\n");

export const stream: Case = {
  names: ["stream"],
  run: async (stage) => {
    const sources = new Map<System["client"], Source>();
    for (const system of stage.systems) sources.set(system.client, await sourceOn(system));
    const names: string[] = [];
    for (const [kind, way] of Object.entries(ways)) {
      const name = `stream/${kind}`;
      if (!stage.wants(name)) continue;
      names.push(name);
      const systems = await willing(stage, name, way, sources);
      await rounds({ ...stage, systems }, blocks, async (system) => {
        const cpu = countCpu();
        stage.record(name, "ms/MB", system.name, await measure(way, system, sources.get(system.client)!));
        stage.record(`${name}/cpu`, "CPU ms/MB", system.name, cpu() / megabytes);
      });
    }
    stage.outcome.findings["Rates of stream"] = rates(stage, names);
    for (const { client } of stage.systems) {
      const { pod, container } = sources.get(client)!;
      await stopPod(client, pod);
      await removeContainer(client, container);
      await removePod(client, pod);
    }
  },
};
