/**
 * The tree: who owns whom. One literal; everything that runs in the daemon is in it.
 *
 *   daemon
 *   ├─ scribe        vital: its crash ends the process
 *   ├─ life          permanent   recovering → serving → closing
 *   ├─ monitor-link  permanent
 *   ├─ network       permanent   CNI readiness
 *   ├─ images        permanent   └─ image-pull … transient
 *   ├─ leaks         permanent   └─ leaked …     transient
 *   └─ pods          permanent   └─ pod … transient └─ sandbox, attachment, container … transient, exec, attach … transient
 */
import { attachActor } from "../actors/attach.ts";
import { attachmentActor } from "../actors/attachment.ts";
import type { AnyActorLogic } from "xstate";
import type { Calls, Port } from "../actors/calls.ts";
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
  pulls(): readonly ChildSpec[];
  leaks(): readonly ChildSpec[];
  /** A crashed child with what its record says now. */
  renew(child: ChildSpec): ChildSpec | undefined;
}

const nobody = (): never => {
  throw new Error("the tree has no door yet");
};
const closedDoor: Calls = { begin: nobody, cancel: nobody, abandon: nobody };

/** Whom a tree serves. */
export interface TreeHost {
  readonly inventory: Inventory;
  readonly now: () => MonoMs;
  /** How long recovery may take before the socket opens all the same. */
  readonly patienceMs: number;
  quarantined(actorId: string, reason: string): void;
  /** A crashed actor does not come back: nothing was left for it to do. */
  dismissed(actorId: string): void;
}

/** All machines, built once. They find their door and their host through holders, so one tree can be started often. */
export interface Tree {
  readonly logic: AnyActorLogic;
  readonly port: Port;
  serve(host: TreeHost): void;
}

/** `dress`: each kind's logic as it is to run; for the simulator, which lets actors throw and tries mutants. */
export const growTree = (dress: (kind: string, logic: AnyActorLogic) => AnyActorLogic = (_, logic) => logic): Tree => {
  const port: Port = { door: closedDoor };
  let host: TreeHost | undefined;
  const served = (): TreeHost => {
    if (!host) throw new Error("the tree serves nobody yet");
    return host;
  };
  const quarantined = (id: string, reason: string): void => served().quarantined(id, reason);
  const dismissed = (id: string): void => served().dismissed(id);
  const renew = (child: ChildSpec): ChildSpec | undefined => served().inventory.renew(child);
  const same = (child: ChildSpec): ChildSpec => child;
  const pod = supervisor({
    name: "pod",
    kinds: {
      sandbox: { logic: dress("sandbox", sandboxActor(port)), restart: "transient" },
      attachment: { logic: dress("attachment", attachmentActor(port)), restart: "transient" },
      container: { logic: dress("container", containerActor(port)), restart: "transient" },
      exec: { logic: dress("exec", execActor(port)), restart: "transient" },
      attach: { logic: dress("attach", attachActor(port)), restart: "transient" },
    },
    children: (id) => served().inventory.inPod(id),
    renew,
    isolate: true,
    mortal: true,
    mind: podMind(() => served().now()),
    quarantined,
    dismissed,
  });
  const pods = supervisor({
    name: "pods",
    kinds: { pod: { logic: dress("pod", pod), restart: "transient" } },
    children: () => served().inventory.pods(),
    renew: same,
    isolate: true,
    quarantined,
    dismissed,
  });
  const images = supervisor({
    name: "images",
    kinds: { "image-pull": { logic: dress("image-pull", imagePullActor(port)), restart: "transient" } },
    children: () => served().inventory.pulls(),
    renew,
    isolate: true,
    quarantined,
    dismissed,
  });
  const leaks = supervisor({
    name: "leaks",
    kinds: { leaked: { logic: dress("leaked", leakedActor(port)), restart: "transient" } },
    children: () => served().inventory.leaks(),
    renew: same,
    isolate: true,
    quarantined,
    dismissed,
  });
  const daemon = supervisor({
    name: "daemon",
    kinds: {
      scribe: { logic: dress("scribe", scribeMachine), restart: "vital" },
      life: { logic: dress("life", daemonActor(port)), restart: "transient" },
      "monitor-link": { logic: dress("monitor-link", monitorLinkActor(port)), restart: "permanent" },
      network: { logic: dress("network", networkActor(port)), restart: "permanent" },
      images: { logic: dress("images", images), restart: "permanent" },
      leaks: { logic: dress("leaks", leaks), restart: "permanent" },
      pods: { logic: dress("pods", pods), restart: "permanent" },
    },
    children: () => [
      { kind: "scribe", id: "scribe", input: { id: "scribe" } },
      { kind: "monitor-link", id: "monitor-link", input: { id: "monitor-link" } },
      { kind: "network", id: "network", input: { id: "network" } },
      { kind: "images", id: "images", input: { id: "images" } },
      { kind: "leaks", id: "leaks", input: { id: "leaks" } },
      { kind: "pods", id: "pods", input: { id: "pods" } },
      { kind: "life", id: "life", input: { id: "life", patience: served().now() + served().patienceMs } },
    ],
    renew: same,
    isolate: false,
  });
  return {
    logic: dress("daemon", daemon),
    port,
    serve: (next) => {
      host = next;
    },
  };
};
