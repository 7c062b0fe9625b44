/** All machines, for what prints or checks each of them. */
import { attachMachine } from "./attach.ts";
import { attachmentMachine } from "./attachment.ts";
import { containerMachine } from "./container.ts";
import { daemonMachine } from "./daemon.ts";
import { execMachine } from "./exec.ts";
import { imagePullMachine } from "./image-pull.ts";
import { leakedMachine } from "./leaked.ts";
import { monitorLinkMachine } from "./monitor-link.ts";
import { networkMachine } from "./network.ts";
import { sandboxMachine } from "./sandbox.ts";
import { scribeMachine } from "./scribe.ts";

export const machines = {
  container: containerMachine,
  sandbox: sandboxMachine,
  attachment: attachmentMachine,
  "image-pull": imagePullMachine,
  exec: execMachine,
  attach: attachMachine,
  daemon: daemonMachine,
  "monitor-link": monitorLinkMachine,
  network: networkMachine,
  leaked: leakedMachine,
  scribe: scribeMachine,
} as const;

export type MachineName = keyof typeof machines;

type Machine = (typeof machines)[MachineName];

/** The machine that actors of this kind run; undefined for supervisors. The daemon's is run by its life; the root is called daemon. */
export const machineOf = (kind: string): Machine | undefined => {
  if (kind === "daemon") return undefined;
  return kind === "life" ? machines.daemon : (machines as Partial<Record<string, Machine>>)[kind];
};
