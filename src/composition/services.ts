/** What calls need of the node besides the tree. */
import { randomBytes } from "node:crypto";
import { formatReference, parseWritten } from "../drivers/images/reference.ts";
import { Invalid, NotFound, Unavailable } from "../errors.ts";
import type { Settings } from "../settings.ts";
import type { HandlerView } from "../supervisors/runtime.ts";
import type { Services } from "../supervisors/services.ts";
import { checkLimits } from "./limits.ts";
import { monitorCondition, type Link } from "./monitor-condition.ts";
import { nodeInfo } from "./node-info.ts";
import type { Parts } from "./parts.ts";
import { programCondition } from "./program-condition.ts";
import { recordOf } from "./record-hands.ts";
import { refusalOf } from "./user-namespaces.ts";

export const servicesOf = (
  parts: Parts,
  settings: () => Settings,
  announce: Services["images"]["announce"],
  { execs, attaches, streaming, figures }: Pick<Services, "execs" | "attaches" | "streaming" | "figures">,
  link: Link,
): Services => {
  const { clock, cgroups, images, monitor, noUserNamespaces, runtimes, unusable } = parts;
  const noUsersWith = (handler: string): string | undefined => {
    const runtime = runtimes.get(handler);
    return runtime ? refusalOf(noUserNamespaces, runtime) : "it cannot be used";
  };
  const view = (name: string, handler: string): HandlerView => ({
    name,
    recursiveReadOnlyMounts: runtimes.get(handler)?.features.recursiveReadOnly ?? false,
    userNamespaces: noUsersWith(handler) === undefined,
  });
  const { defaultRuntime, cgroupManager } = settings();
  const programIs = programCondition(defaultRuntime, runtimes.get(defaultRuntime)?.path ?? "");
  const monitorIs = monitorCondition({ monitor, clock }, link);
  return {
    newId: (digits) => randomBytes(digits / 2).toString("hex"),
    now: () => clock.monoMs(),
    wallNs: () => clock.wallNs(),
    images: {
      normalise: (reference) => formatReference(parseWritten(reference)),
      find: (reference) => images.find(reference),
      list: () => images.list(),
      remove: (reference) => images.remove(reference),
      usage: () => images.usage(),
      announce,
    },
    execs,
    attaches,
    reopenLog: (id) => monitor.reopenLog(id),
    streaming,
    get killsAbandoned() {
      return settings().killAbandonedExecs;
    },
    handlers: {
      resolve(name) {
        const handler = name === "" ? defaultRuntime : name;
        if (runtimes.has(handler)) return handler;
        const refused = unusable.find((one) => one.handler === handler);
        if (refused)
          throw new Unavailable(`the runtime handler "${handler}" cannot be used on this node: ${refused.reason}`);
        throw new NotFound("runtime handler", handler);
      },
      // "" is the default handler's other name: without that entry the kubelet takes the default one to have no features.
      list: () => [
        view("", defaultRuntime),
        ...[...runtimes.keys()].map((name) => view(name, name)),
        ...unusable.map(({ handler, reason }) => ({ ...view(handler, handler), unusable: reason })),
      ],
    },
    checkSandbox(id, { cgroupParent, namespaces }, handler) {
      cgroups.cgroupsPath(cgroupParent, id);
      const refusal = namespaces.userNamespace && noUsersWith(handler);
      if (refusal)
        throw new Invalid(
          `the runtime handler "${handler}" has no pods with a user namespace of their own: ${refusal}`,
        );
    },
    checkLimits: checkLimits(parts),
    putSandbox(entry) {
      parts.runStore.put("sandbox", entry.id, recordOf(entry), entry.bytes);
    },
    runtimeCondition() {
      const refused = unusable.find(({ handler }) => handler === defaultRuntime);
      if (refused)
        return { ok: false, reason: "DefaultRuntimeUnusable", message: `${defaultRuntime}: ${refused.reason}` };
      const program = programIs();
      return program.ok ? monitorIs() : program;
    },
    figures,
    cgroupDriver: () => cgroupManager,
    info: () => nodeInfo(parts, settings(), link.pid()),
  };
};
