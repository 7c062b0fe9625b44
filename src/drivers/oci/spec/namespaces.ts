/** The namespaces of a container: the sandbox's by their pins, its own, or by absence the host's. */
import { Unavailable } from "../../../errors.ts";
import type { NamespaceOptions } from "../../../vocabulary/index.ts";
import type { NamespacePaths } from "../bundle.ts";
import type { Namespace } from "./runtime-spec.ts";

/**
 * `ownCgroup`: on v2, unless privileged. Throws Unavailable where a pin is missing: without it the container would quietly get
 * the host's namespace.
 */
export const namespaces = (
  options: NamespaceOptions,
  pins: NamespacePaths,
  ownCgroup: boolean,
): readonly Namespace[] => {
  if (options.userNamespace && pins.user === undefined) throw missing("user");
  if (options.network === "pod" && pins.network === undefined) throw missing("network");
  if (options.ipc === "pod" && pins.ipc === undefined) throw missing("ipc");
  return [
    { type: "mount" },
    ...pid(options, pins),
    ...joined("user", options.userNamespace ? pins.user : undefined),
    ...joined("network", options.network === "pod" ? pins.network : undefined),
    ...joined("ipc", options.ipc === "pod" ? pins.ipc : undefined),
    ...joined("uts", pins.uts),
    ...(ownCgroup ? [{ type: "cgroup" } as const] : []),
  ];
};

const joined = (type: Namespace["type"], path: string | undefined): readonly Namespace[] =>
  path === undefined ? [] : [{ type, path }];

const missing = (kind: string): Unavailable =>
  new Unavailable(`the sandbox's ${kind} namespace is not there; the pod needs a new sandbox`);

const pid = ({ pid }: NamespaceOptions, pins: NamespacePaths): readonly Namespace[] => {
  if (pid === "node") return [];
  if (pid === "container") return [{ type: "pid" }];
  if (pins.pid === undefined) throw missing("process");
  return [{ type: "pid", path: pins.pid }];
};
