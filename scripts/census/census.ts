/**
 * The census: what there is on a node, counted by tools that are not Troupe's (census.sh), before and after.
 *
 * Left behind is whatever is there after and was not before, and whatever carries a pod's, container's or image's id.
 * What the CNI plugins keep for good, and what a daemon keeps between two lives, is listed apart.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { within } from "../slow.ts";

/** What the closing sentence counts, in its order. */
export const kinds = ["processes", "mounts", "namespaces", "cgroups", "interfaces", "firewall rules", "files"] as const;
const everyKind = [...kinds, "chains", "settings"] as const;
export type Kind = (typeof everyKind)[number];

/** One thing: `key` is what it is known by among its kind, `text` says it to a person. */
export interface Thing {
  readonly kind: Kind;
  readonly key: string;
  readonly text: string;
}
export type Census = readonly Thing[];

export type Keeper = "the CNI plugins" | "the tools they call" | "the daemon, between two lives";

export interface Leftovers {
  readonly left: readonly Thing[];
  /** What stays by design, and by whose. */
  readonly kept: readonly (Thing & { readonly by: Keeper })[];
}

/** The folders that a container runtime and its CNI plugins write to. */
export const nodeFolders = ["/run", "/var/lib/troupe", "/var/lib/cni", "/etc/cni", "/opt/cni"];

const script = fileURLToPath(new URL("census.sh", import.meta.url));

/**
 * Counts what is there now: in the namespaces of process `inside` if one is given (the init of a test node, from outside
 * of it), else in the caller's own. Files are those under `folders`, without other mounts below them.
 */
export const takeCensus = (options: { inside?: number; folders?: readonly string[] } = {}): Census => {
  const command = ["sh", script, ...(options.folders ?? nodeFolders)];
  const enter =
    options.inside === undefined ? [] : ["nsenter", "-t", String(options.inside), "-m", "-u", "-i", "-n", "-p", "-C"];
  const [program, ...rest] = [...enter, ...command];
  const lines = execFileSync(program!, rest, { encoding: "utf8", maxBuffer: 1 << 28 }).split("\n");
  const things = new Map<string, Thing>();
  for (const line of lines.filter(Boolean)) {
    const [word, key, text] = line.split("\t");
    const kind = everyKind.find((known) => known === word);
    if (kind === undefined || key === undefined || text === undefined) throw new Error(`census.sh said: ${line}`);
    // A namespace that two processes share, or two mounts keep, is one.
    things.set(`${kind} ${key}`, { kind, key, text });
  }
  return [...things.values()];
};

/** What stays after the last pod's end by the design of the CNI plugins. */
const keptByPlugins: readonly [Kind, RegExp][] = [
  ["settings", /^net\.ipv4\.ip_forward=1$/],
  ["interfaces", /^cni\d+$/],
  ["files", /^\/var\/lib\/cni\/(networks|results)$/],
  ["files", /^\/var\/lib\/cni\/networks\/[^/]+(\/(lock|last_reserved_ip\.\d+))?$/],
  // The chains of iptables itself, and those that portmap makes once for all pods with the rules that lead to them.
  ["chains", / (PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING|CNI-HOSTPORT-[A-Z]+|CNI-ADMIN|CNI-FORWARD)$/],
  ["firewall rules", / -A (PREROUTING|OUTPUT|POSTROUTING) .*-j CNI-HOSTPORT-[A-Z]+ \d+$/],
  ["firewall rules", / -A CNI-HOSTPORT-(SETMARK|MASQ) .*(0x2000\/0x2000|MASQUERADE) \d+$/],
];

/** What mount(8), iptables, systemd and the OCI runtimes make for themselves; and the mount point that holds network namespaces, as `ip netns` makes it. */
const keptByTools: readonly [Kind, RegExp][] = [
  ["files", /^\/run\/(crun|runc|mount(\/utab(\.lock)?)?|xtables\.lock|netns|systemd\/transient)$/],
  ["mounts", /^\d+ \/run\/netns$/],
];

/** What a daemon keeps in its folders between two lives: no file of a pod, container or image is among them. */
export const daemonFiles: readonly RegExp[] = [
  /^\/run\/troupe(\/(answers\.json|boot|daemon\.lock|monitor\.(lock|log)|bundles|container|exec|execs|exits|ns|sandbox|sandbox-files|oci-logs))?$/,
  /^\/run\/troupe\/infra(\/[^/]+(\/(infra|sys|dev|proc))?)?$/,
  /^\/run\/troupe\/oci(\/[^/]+)?$/,
  /^\/run\/troupe\/compiled(\/.*)?$/,
  /^\/run\/troupe\/flight(\/\w+\.ndjson)?$/,
  /^\/run\/troupe\/seccomp(\/[^/]+(\/[0-9a-f]{64})?)?$/,
  /^\/var\/lib\/troupe\/(containers|daemon\.lock|troupe\.db(-wal|-shm)?)$/,
  /^\/var\/lib\/troupe\/images(\/(oci-layout|index\.json|layers|tmp|left|trash|blobs(\/sha(256|512))?))?$/,
];

/**
 * What is left of `after` beyond `before`. `marks` are ids: a thing that carries one is left behind whatever else it is.
 * `own` are files that the daemon keeps between two lives. `only` narrows what is compared with `before` to some kinds,
 * for places where others are at work meanwhile: of the other kinds just what carries a mark counts.
 */
export const compare = (
  before: Census,
  after: Census,
  options: { marks?: readonly string[]; own?: readonly RegExp[]; only?: readonly Kind[] } = {},
): Leftovers => {
  const known = new Set(before.map(({ kind, key }) => `${kind} ${key}`));
  const marks = options.marks ?? [];
  const marked = ({ key, text }: Thing) => marks.some((mark) => key.includes(mark) || text.includes(mark));
  const added = after.filter(
    (thing) =>
      marked(thing) || (!known.has(`${thing.kind} ${thing.key}`) && (options.only?.includes(thing.kind) ?? true)),
  );
  const keepers: readonly (readonly [Keeper, readonly [Kind, RegExp][]])[] = [
    ["the CNI plugins", keptByPlugins],
    ["the tools they call", keptByTools],
    ["the daemon, between two lives", (options.own ?? []).map((pattern) => ["files", pattern])],
  ];
  const keeperOf = (thing: Thing): Keeper | undefined =>
    marked(thing)
      ? undefined
      : keepers.find(([, design]) =>
          design.some(([kind, pattern]) => kind === thing.kind && pattern.test(thing.key)),
        )?.[0];
  const isLeft = (thing: Thing) => keeperOf(thing) === undefined;
  return {
    left: added
      .filter(isLeft)
      .map(({ kind, key, text }) => ({ kind: kind === "chains" ? "firewall rules" : kind, key, text })),
    kept: added.flatMap((thing) => {
      const by = keeperOf(thing);
      return by === undefined ? [] : [{ ...thing, by }];
    }),
  };
};

/** Of compiled code, the directory alone: its files are many, and named by their content. */
const shown = (names: readonly string[]): readonly string[] => names.filter((name) => !/\/compiled\/./.test(name));

/** What stays by design, a line for each whose it is. */
export const tellKept = (kept: Leftovers["kept"]): string =>
  [...Map.groupBy(kept, ({ by }) => by)]
    .map(([by, things]) => `kept by ${by}: ${shown(things.map(({ text }) => text.replace(/ \(.*/, ""))).join(", ")}`)
    .join("\n");

/** `left behind: 0 processes, 0 mounts, …`, and whatever it is, each on a line of its own. */
export const tell = (left: readonly Thing[]): string => {
  const counts = kinds.map((kind) => `${left.filter((thing) => thing.kind === kind).length} ${kind}`);
  return [`left behind: ${counts.join(", ")}`, ...left.map(({ kind, text }) => `  ${kind}: ${text}`)].join("\n");
};

/**
 * Takes the census again until nothing is left or `withinMs` are over: what a process owned goes some milliseconds after
 * it, in the kernel's own time. Answers the last comparison.
 */
export const settle = async (look: () => Leftovers, withinMs = within(2000)): Promise<Leftovers> => {
  const until = performance.now() + withinMs;
  let found = look();
  while (found.left.length > 0 && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    found = look();
  }
  return found;
};
