/** Which namespaces are shared with whom. */
import { Invalid } from "../../errors.ts";
import type { NamespaceMode, NamespaceOptions } from "../../vocabulary/index.ts";
import { NamespaceMode as Mode, type NamespaceOption, type UserNamespace } from "../messages/security.ts";
import { meaning, notEmpty } from "./field.ts";

const shared = { [Mode.POD]: "pod", [Mode.NODE]: "node" } as const;
const process = { ...shared, [Mode.CONTAINER]: "container", [Mode.TARGET]: "target" } as const;

/** A sandbox without options shares all in the pod, as the zero values say. */
export const sandboxNamespaces = (field: string, options: NamespaceOption | null): NamespaceOptions =>
  options === null ? unsaid("pod") : namespaces(field, options);

/**
 * Containers without options get processes of their own. By the letter they would share the pod's, zero being POD; but
 * who says nothing (crictl, mostly) has not asked for it, and sharing needs an infra process that is not there yet.
 */
export const containerNamespaces = (field: string, options: NamespaceOption | null): NamespaceOptions =>
  options === null ? unsaid("container") : namespaces(field, options);

const unsaid = (pid: NamespaceMode): NamespaceOptions => ({
  network: "pod",
  pid,
  ipc: "pod",
  targetId: "",
  userNamespace: false,
});

const namespaces = (field: string, options: NamespaceOption): NamespaceOptions => {
  const pid = meaning(`${field}.pid`, options.pid, process);
  return {
    network: meaning(`${field}.network`, options.network, shared),
    pid,
    ipc: meaning(`${field}.ipc`, options.ipc, shared),
    targetId: pid === "target" ? notEmpty(`${field}.target_id`, options.target_id) : "",
    userNamespace: userNamespace(`${field}.userns_options`, options.userns_options),
  };
};

const userNamespace = (field: string, options: UserNamespace | null): boolean => {
  if (options === null) return false;
  const own = meaning(`${field}.mode`, options.mode, shared) === "pod";
  const mappings = options.uids.length + options.gids.length;
  if (!own && mappings > 0) throw new Invalid(`${field} has mappings, but its mode NODE is the host's user namespace`);
  if (own && (options.uids.length !== 1 || options.gids.length !== 1))
    throw new Invalid(`${field} needs one mapping of users and one of groups`);
  return own;
};
