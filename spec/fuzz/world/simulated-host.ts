/** A moving simulated node with a monitor and an OCI runtime, and what specs do to containers in it. */
import { openEar, type Ear } from "../../drivers/monitor/ear.ts";
import type { CreateRequest, ExecRequest } from "../../../src/drivers/monitor/monitor.ts";
import { simulatedExecs } from "../../../src/fuzz/world/execs.ts";
import type { MonitorLink } from "../../../src/fuzz/world/monitor-link.ts";
import { simulatedRuntime } from "../../../src/fuzz/world/oci-runtime.ts";
import type { ContainerId, ExecId } from "../../../src/vocabulary/index.ts";
import { MovingNode } from "./quiet-node.ts";

const never = new AbortController().signal;
const BOUND_MS = 20_000;

export class SimulatedHost extends MovingNode {
  readonly runtime = simulatedRuntime(this.node);
  readonly #execs = simulatedExecs(this.node);

  createRequest(id: ContainerId): CreateRequest {
    return { ...this.runtime.create(id), id, boundMs: BOUND_MS, watchOom: true };
  }

  /** Its output is listened to. */
  execRequest(containerId: ContainerId, execId: ExecId): ExecRequest {
    const command = this.runtime.exec(containerId, execId, "");
    return { ...command, execId, containerId, boundMs: BOUND_MS, ...this.#execs.open(execId) };
  }

  start(id: ContainerId): Promise<void> {
    return this.runtime.start(id, never);
  }

  /** The latest process of a container or exec ends by itself. */
  ends(object: string, code: number): void {
    const process = this.node.kernel.of(object);
    if (process) this.node.kernel.end(process, { code });
  }

  async daemon(): Promise<Ear & { readonly link: MonitorLink }> {
    const [ear, link] = [openEar(), this.link()];
    await link.connect(ear.listener);
    return { ...ear, link };
  }
}
