/**
 * What must be so when a call is made: what is to be is written down before it is done, a permit is held for what needs
 * one, and each step finds what the step before it left.
 */
import type { OpenCall } from "../supervisors/door.ts";
import { kindOf } from "../vocabulary/actor-ids.ts";
import { wrongWithSandbox } from "./holdings.ts";
import type { Daemon } from "./daemon.ts";
import type { Node } from "./world/node.ts";

type Rule = (node: Node, daemon: Daemon, id: string, input: unknown) => string | undefined;

const unless = (holds: boolean, text: string): string | undefined => (holds ? undefined : text);

const recorded =
  (kind: "sandbox" | "container"): Rule =>
  ({ runFiles }, _, id) =>
    unless(runFiles.has(`${kind}/${id}`), "no record says so");
const permitted =
  (lane: string, holder: (id: string) => string = (id) => id): Rule =>
  ({ permitted }, _, id) =>
    unless(permitted.get(holder(id)) === lane, "has no permit");
const having =
  (...kinds: readonly string[]): Rule =>
  ({ ledger }, _, id) => {
    const missing = kinds.find((kind) => !ledger.has(kind, id));
    return missing === undefined ? undefined : `there is no ${missing}`;
  };
const asks: Rule = (_, { books }, id) => {
  const memo = books.containers.entry(id)?.memo;
  if (memo?.phase === "created") return "it was never started";
  if (memo?.phase !== "stopping") return undefined; // it could not be written down
  if (memo.asked) return "it has been asked";
  if (!memo.started) return "it was never started";
  return unless(memo.verb !== "remove", "it is to be removed");
};
const isUpdating: Rule = (_, { books }, id) =>
  unless(books.containers.entry(id)?.memo?.phase === "updating", "no record says so");
const ofInfra: Rule = (_, { books }, id) =>
  unless(books.sandboxes.entry(id)?.config.namespaces.pid === "pod", "it has no infra process");

/** What is recorded as stopped has been taken down before: nobody looks at it again. */
const takenDown: Rule = (node, { books }, id, input) => {
  const entry = books.sandboxes.entry(id);
  const isStopped = (input as { readonly phase?: string }).phase === "stopped";
  const wrong = entry && isStopped ? wrongWithSandbox(node, entry, "stopped") : undefined;
  return wrong && `it ${wrong}`;
};

/** Other stdins stay open when a client's ends. */
const endsWithItsClient: Rule = (_, { books }, __, input) => {
  const config = books.containers.entry((input as { readonly containerId: string }).containerId)?.config;
  return unless(config?.stdinOnce === true && !config.tty, "it is to stay open");
};

const RULES: Readonly<Record<string, readonly Rule[]>> = {
  "records.putSandbox": [takenDown],
  "rootfs.mount": [recorded("container")],
  "bundles.write": [having("mount")],
  "monitor.create": [having("mount", "bundle")],
  "runtime.start": [
    (_, { books }, id) => unless(books.containers.entry(id)?.memo?.phase === "starting", "no record says so"),
  ],
  "runtime.update": [isUpdating],
  "runtime.restore": [isUpdating],
  "runtime.checkpoint": [having("mount", "bundle")],
  "runtime.ask": [asks],
  "monitor.acknowledge": [
    (_, { books }, id) => unless(books.containers.entry(id)?.memo?.phase === "stopped", "its end is not recorded"),
  ],
  "attaches.closeInput": [endsWithItsClient],
  "namespaces.pin": [recorded("sandbox")],
  "infra.write": [ofInfra, having("ipc")],
  "infra.create": [ofInfra, having("bundle")],
  "infra.start": [ofInfra],
  "infra.delete": [ofInfra],
  "infra.clear": [ofInfra],
  "infra.close": [ofInfra],
  "infra.remove": [ofInfra],
  "network.attach": [
    having("netns"),
    permitted("cni-add"),
    ({ durableRows }, _, id) => unless(durableRows.has(`attachments/${id}`), "no record says so"),
  ],
  "network.detach": [permitted("cni-del")],
  "images.resolve": [permitted("pull")],
  "images.fetch": [
    permitted("pull"),
    ({ permitted: held }, _, id) => unless(!held.has(`${id}/unpack`), "holds up all who unpack"),
  ],
  "images.unpack": [permitted("unpack", (id) => `${id}/unpack`)],
};

/** What is wrong with a call that is about to be made; undefined: nothing. */
export const wrongWithCall = (node: Node, daemon: Daemon, { call }: OpenCall): string | undefined => {
  if (kindOf(call.by) === "sandbox" && call.driver === "monitor") return undefined;
  for (const rule of RULES[`${call.driver}.${call.verb}`] ?? []) {
    const wrong = rule(node, daemon, call.id, call.input);
    if (wrong !== undefined) return `${call.by} begins ${call.driver}.${call.verb}, and ${wrong}`;
  }
  return undefined;
};
