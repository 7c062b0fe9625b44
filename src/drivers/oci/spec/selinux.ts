/** SELinux labels of a container: the host's defaults, then what the pod says, then what its container says. */
import { createHash } from "node:crypto";
import type { BundleRequest } from "../bundle.ts";
import type { Host } from "../host.ts";

export interface SelinuxLabels {
  readonly process?: string;
  /** Of its files, and of the FIFOs that are its standard streams. */
  readonly mount?: string;
}

export type LabelledRequest = Pick<BundleRequest, "config" | "sandbox" | "sandboxId">;

/**
 * None where SELinux is off, for a runtime fails on them; nor for a privileged container, which the policy makes spc_t by itself,
 * nor in the host's network, whose sockets a container's type may not use (CRI-O's default, too).
 */
export const selinuxLabels = (
  { config, sandbox, sandboxId }: LabelledRequest,
  host: Pick<Host, "selinux">,
): SelinuxLabels => {
  if (!host.selinux || config.security.privileged || sandbox.namespaces.network === "node") return {};
  const said = [config.security.selinuxLabel, sandbox.selinuxLabel ?? ""].map(partsOf);
  const part = (name: keyof Parts): string => said.map((label) => label[name]).find((text) => text !== "") ?? "";
  const [process, file] = [partsOf(host.selinux.process), partsOf(host.selinux.file)];
  const level = part("level") || `s0:${categories(sandboxId)}`;
  return {
    process: [part("user") || process.user, part("role") || process.role, part("type") || process.type, level].join(
      ":",
    ),
    mount: [part("user") || file.user, file.role, file.type, level].join(":"),
  };
};

interface Parts {
  readonly user: string;
  readonly role: string;
  readonly type: string;
  readonly level: string;
}

const partsOf = (label: string): Parts => {
  const [user = "", role = "", type = "", ...level] = label.split(":");
  return { user, role, type, level: level.join(":") };
};

const CATEGORIES = 1024;
const EACH = 4;

/**
 * A pod's own, out of its id, so that nobody has to keep a list of those in use. Others take two of the 1024, which two pods of a
 * full node would share one time in a hundred; four are shared never. Sets of one size never include one another.
 */
const categories = (sandboxId: string): string => {
  const digest = createHash("sha256").update(sandboxId).digest();
  const chosen = new Set<number>();
  for (let at = 0; chosen.size < EACH; at = (at + 2) % 32)
    chosen.add((digest.readUInt16BE(at) + chosen.size * at) % CATEGORIES);
  return [...chosen]
    .toSorted((one, other) => one - other)
    .map((category) => `c${category}`)
    .join(",");
};
