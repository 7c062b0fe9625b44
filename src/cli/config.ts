/** `troupe config images REF [-o json]`: whom a pull of this image would ask, in which order, and how. */
import { registriesOf } from "../composition/registries-of.ts";
import { imageRoute, type ImageRoute, type RouteCandidate, type RouteStop } from "../drivers/images/route.ts";
import { Invalid, TroupeError } from "../errors.ts";
import { readSettings } from "../settings.ts";
import { askDaemon } from "./daemon.ts";
import { parse } from "./options.ts";

const HELP = `usage: troupe config images REF [-o text|json] [--config FILE]

Says which registries a pull of the image REF would ask, in which order, by which file's rule, with whose credentials (never the
secret), which certificates and through which proxy, and what the policy requires. No registry is asked; credential helpers are. The running daemon answers, by
its own settings and environment; where none runs, or with --config, it is worked out here, by the environment of this command.

Credentials that come with a PullImage hold before those that are told here.

Exit status: 0 somebody would be asked, 1 nobody, 2 usage.

Example:  troupe config images quay.io/team/app:v1
`;

export const run = async (args: readonly string[]): Promise<number> => {
  const { values, words } = parse(args, {
    help: { type: "boolean", short: "h" },
    output: { type: "string", short: "o", default: "text" },
    config: { type: "string" },
  });
  if (values["help"]) {
    process.stdout.write(HELP);
    return 0;
  }
  const [what, image, ...more] = words;
  if (what !== "images" || image === undefined || more.length > 0)
    throw new Invalid("it is config images REF; see troupe config --help");
  const { output } = values;
  if (output !== "text" && output !== "json") throw new Invalid(`--output is text or json, not ${String(output)}`);
  const { route, by } = await routeOf(image, values["config"] as string | undefined);
  process.stdout.write(
    output === "json" ? `${JSON.stringify({ by, ...route }, undefined, 2)}\n` : `${told(route, by).join("\n")}\n`,
  );
  return route.candidates.some(({ stops }) => stops.length > 0) ? 0 : 1;
};

/** Who worked it out, and so by whose environment. */
type By = "daemon" | "command";

const routeOf = async (image: string, config: string | undefined): Promise<{ route: ImageRoute; by: By }> => {
  const settings = readSettings(config);
  if (config === undefined)
    try {
      const path = `/image-route?of=${encodeURIComponent(image)}`;
      return { route: (await askDaemon(settings.runroot, "GET", path)) as ImageRoute, by: "daemon" };
    } catch (error) {
      // No daemon, or one of a version that does not know the question.
      if (!(error instanceof TroupeError && ["Unavailable", "NotFound"].includes(error.code))) throw error;
    }
  const asked = registriesOf(
    () => settings,
    (text) => process.stderr.write(`troupe config: ${text}\n`),
  );
  return { route: await imageRoute(image, asked, new AbortController().signal), by: "command" };
};

const told = ({ candidates, problem }: ImageRoute, by: By): readonly string[] => [
  ...(by === "command"
    ? ["no daemon was asked: proxies and files of credentials are by this command's environment"]
    : []),
  ...(problem === undefined ? [] : [`nobody is asked: ${problem}`]),
  ...candidates.flatMap(candidateLines),
];

const candidateLines = ({ reference, because, policy, stops, problem }: RouteCandidate): readonly string[] => [
  `${reference} (${because})`,
  `  policy: ${or(policy, "", ({ by, file, requires }) => (file === undefined ? by : `${requires.join(", ")}, by ${by} in ${file}`))}`,
  ...(problem === undefined ? [] : [`  nobody is asked: ${problem}`]),
  ...stops.flatMap((stop, index) => [
    `  ${index + 1}. ${stop.url}`,
    ...linesOf(stop).map(([about, text]) => `     ${`${about}:`.padEnd(14)}${text}`),
  ]),
];

const linesOf = ({ isMirror, rule, insecure, credentials, certificates, proxy }: RouteStop) => {
  const what = isMirror ? "a mirror" : "the registry";
  const trust = certificates && "directory" in certificates ? certificates : undefined;
  return [
    ["who", rule ? `${what}, by the rule "${rule.prefix}" in ${rule.file}` : `${what}; no rule speaks of it`],
    ["credentials", or(credentials, "none", ({ as, from }) => `as ${as}, from ${from}`)],
    [
      "trust",
      (insecure ? "no certificate is checked, and http is tried where https fails" : "the system's authorities") +
        (certificates && "problem" in certificates ? `; ${certificates.problem}` : "") +
        (trust
          ? `; ${trust.directory}: authorities ${trust.authorities}, certificates of this node ${trust.clients}`
          : ""),
    ],
    ["proxy", or(proxy, "none", ({ url, variable }) => `${url}, by ${variable}`)],
  ] as const;
};

const or = <T extends object>(
  value: T | undefined,
  none: string,
  tell: (value: Exclude<T, { problem: string }>) => string,
): string => {
  if (value === undefined) return none;
  return "problem" in value ? `fails: ${String(value.problem)}` : tell(value as Exclude<T, { problem: string }>);
};
