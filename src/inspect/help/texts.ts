/** All help there is, by machine and by anchor. */
import type { MachineName } from "../../machines/catalogue.ts";
import { attachHelp } from "./attach.ts";
import { attachmentHelp } from "./attachment.ts";
import { containerHelp } from "./container.ts";
import { daemonHelp } from "./daemon.ts";
import { execHelp } from "./exec.ts";
import type { Help, MachineHelp } from "./help.ts";
import { imagePullHelp } from "./image-pull.ts";
import { leakedHelp } from "./leaked.ts";
import { monitorLinkHelp } from "./monitor-link.ts";
import { networkHelp } from "./network.ts";
import { sandboxHelp } from "./sandbox.ts";
import { scribeHelp } from "./scribe.ts";

export const helps: Readonly<Record<MachineName, MachineHelp>> = {
  container: containerHelp,
  sandbox: sandboxHelp,
  attachment: attachmentHelp,
  "image-pull": imagePullHelp,
  exec: execHelp,
  attach: attachHelp,
  daemon: daemonHelp,
  "monitor-link": monitorLinkHelp,
  network: networkHelp,
  leaked: leakedHelp,
  scribe: scribeHelp,
};

/** As states name them: `container-mountRootfs`. */
export const anchorOf = (machine: string, waitsFor: string): string => `${machine}-${waitsFor}`;

const byAnchor: ReadonlyMap<string, Help> = new Map(
  Object.entries(helps).flatMap(([machine, { waits }]) =>
    Object.entries(waits).map(([waitsFor, help]): [string, Help] => [anchorOf(machine, waitsFor), help]),
  ),
);

/** Of an anchor of docs/stuck.md; a spec holds that each state in which something is awaited has one. */
export const helpAt = (anchor: string): Help | undefined => byAnchor.get(anchor);
