/**
 * The tree: who owns whom. One literal; everything that runs in the daemon is in it.
 *
 *   daemon
 *   ├─ scribe        vital: its crash ends the process
 *   ├─ life          permanent   recovering → serving → closing
 *   ├─ monitor-link  permanent
 *   ├─ network       permanent   CNI readiness
 *   ├─ images        permanent   └─ image-pull … temporary
 *   ├─ leaks         permanent   └─ leaked …     transient
 *   └─ pods          permanent   └─ pod … transient └─ sandbox, attachment, container … transient, exec … temporary
 */
import { attachmentActor } from "../actors/attachment.ts";
import type { Port } from "../actors/calls.ts";
import { containerActor } from "../actors/container.ts";
import { execActor } from "../actors/exec.ts";
import { imagePullActor } from "../actors/image-pull.ts";
import { daemonActor, leakedActor, monitorLinkActor, networkActor } from "../actors/node-actors.ts";
import { sandboxActor } from "../actors/sandbox.ts";
import { scribeMachine } from "../machines/scribe.ts";
import type { MonoMs } from "../vocabulary/index.ts";
import { podMind } from "./pod-mind.ts";
import { supervisor, type ChildSpec } from "./supervisor.ts";

/** What is to be, by the records: asked at each start of a supervisor, the first and any other. */
export interface Inventory {
  pods(): readonly ChildSpec[];
  inPod(podActorId: string): readonly ChildSpec[];
  leaks(): readonly ChildSpec[];
  /** A crashed child with what its record says now. */
  renew(child: ChildSpec): ChildSpec | undefined;
}

export interface TreeOptions {
  readonly port: Port;
  readonly inventory: Inventory;
  readonly now: () => MonoMs;
  /** How long recovery may take before the socket opens all the same. */
  readonly patienceMs: number;
  quarantined(actorId: string, reason: string): void;
}

export const tree = ({ port, inventory, now, patienceMs, quarantined }: TreeOptions) => {
  const renew = (child: ChildSpec): ChildSpec | undefined => inventory.renew(child);
  const same = (child: ChildSpec): ChildSpec => child;
  const pod = supervisor({
    name: "pod",
    kinds: {
      sandbox: { logic: sandboxActor(port), restart: "transient" },
      attachment: { logic: attachmentActor(port), restart: "transient" },
      container: { logic: containerActor(port), restart: "transient" },
      exec: { logic: execActor(port), restart: "temporary" },
    },
    children: inventory.inPod,
    renew,
    isolate: true,
    mortal: true,
    mind: podMind(now),
    quarantined,
  });
  const pods = supervisor({
    name: "pods",
    kinds: { pod: { logic: pod, restart: "transient" } },
    children: inventory.pods,
    renew: same,
    isolate: true,
    quarantined,
  });
  const images = supervisor({
    name: "images",
    kinds: { "image-pull": { logic: imagePullActor(port), restart: "temporary" } },
    children: () => [],
    renew: same,
    isolate: true,
  });
  const leaks = supervisor({
    name: "leaks",
    kinds: { leaked: { logic: leakedActor(port), restart: "transient" } },
    children: inventory.leaks,
    renew: same,
    isolate: true,
    quarantined,
  });
  return supervisor({
    name: "daemon",
    kinds: {
      scribe: { logic: scribeMachine, restart: "vital" },
      life: { logic: daemonActor(port), restart: "transient" },
      "monitor-link": { logic: monitorLinkActor(port), restart: "permanent" },
      network: { logic: networkActor(port), restart: "permanent" },
      images: { logic: images, restart: "permanent" },
      leaks: { logic: leaks, restart: "permanent" },
      pods: { logic: pods, restart: "permanent" },
    },
    children: () => [
      { kind: "scribe", id: "scribe", input: { id: "scribe" } },
      { kind: "monitor-link", id: "monitor-link", input: { id: "monitor-link" } },
      { kind: "network", id: "network", input: { id: "network" } },
      { kind: "images", id: "images", input: { id: "images" } },
      { kind: "leaks", id: "leaks", input: { id: "leaks" } },
      { kind: "pods", id: "pods", input: { id: "pods" } },
      { kind: "life", id: "life", input: { id: "life", patience: now() + patienceMs } },
    ],
    renew: same,
    isolate: false,
  });
};
