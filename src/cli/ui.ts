/**
 * `troupe ui`: the node in a browser, out of what the daemon records. This process serves the page, and the daemon never knows:
 * it opens no port, and the page works on when it has died.
 */
import { hostname } from "node:os";
import { Following } from "../drivers/flight/following.ts";
import { monoMs } from "../drivers/linux/clock.ts";
import type { Stall } from "../drivers/watchdog/watchdog.ts";
import { flightIn } from "../composition/places.ts";
import { Invalid, Unavailable } from "../errors.ts";
import type { PageStall } from "../inspect/page-message.ts";
import { askDaemon } from "./daemon.ts";
import { UNREACHABLE } from "./scene-now.ts";
import { presentStall } from "./stalls.ts";
import { parse } from "./options.ts";
import { coverageIn } from "./ui/coverage.ts";
import { DaemonWatch } from "./ui/daemon-watch.ts";
import { Feed, type OpenedAt } from "./ui/feed.ts";
import { pageFiles } from "./ui/page-files.ts";
import { Secrets } from "./ui/secrets.ts";
import { PageServer } from "./ui/server.ts";
import { Viewer } from "./ui/viewer.ts";

const help = `usage: troupe ui [--run-dir DIR] [--port N] [--allow-actions] [--coverage FILE]

Serves the node's page on 127.0.0.1 and prints a link that is good once; Enter prints another one.

  --run-dir DIR     what the daemon calls runroot (/run/troupe)
  --port N          instead of any port that is free
  --allow-actions   the page may let an actor out of quarantine; otherwise it only looks
  --coverage FILE   what npm run -s sim -- --json printed: shown over the machines

From another machine: ssh -L 8899:127.0.0.1:8899 NODE troupe ui --port 8899
`;

const portOf = (word: unknown): number => {
  const port = Number(word);
  if (/^\d{1,5}$/.test(String(word)) && port < 65_536) return port;
  throw new Invalid(`--port is a number below 65536, not ${String(word)}`);
};

export const run = async (args: readonly string[]): Promise<number> => {
  const { values, words } = parse(args, {
    help: { type: "boolean", short: "h" },
    "run-dir": { type: "string", default: "/run/troupe" },
    port: { type: "string", default: "0" },
    "allow-actions": { type: "boolean", default: false },
    coverage: { type: "string" },
  });
  if (values["help"]) {
    process.stdout.write(help);
    return 0;
  }
  if (words.length > 0) throw new Invalid(`it takes no ${words.join(" ")}`);
  const { coverage } = values;
  const options: UiOptions = {
    runDir: String(values["run-dir"]),
    port: portOf(values["port"]),
    actions: values["allow-actions"] === true,
    ...(typeof coverage === "string" && { coverage }),
  };
  try {
    return await serve(options);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    process.stderr.write(`troupe ui: ${error.message}\n`);
    return UNREACHABLE;
  }
};

interface UiOptions {
  readonly runDir: string;
  readonly port: number;
  readonly actions: boolean;
  readonly coverage?: string;
}

const stallOf = ({ ms, stack, syscall, mono }: Stall): PageStall => ({
  ms,
  stack,
  ...(syscall !== undefined && { syscall }),
  mono,
});

const serve = async ({ runDir, port: wanted, actions, coverage }: UiOptions): Promise<number> => {
  const secrets = new Secrets();
  const watch = new DaemonWatch(() => server.pump());
  let latest: OpenedAt | undefined;
  let reading = true;
  const feed = new Feed((opened) => {
    latest = opened;
    if (!reading) watch.follow(opened);
  });
  const start = { host: hostname(), actions, ...(coverage !== undefined && { coverage: coverageIn(coverage) }) };
  const server: PageServer = new PageServer({
    files: pageFiles(),
    secrets,
    view: (response, last) =>
      new Viewer({
        response,
        feed,
        last,
        start,
        now: monoMs,
        daemon: () => ({ alive: watch.alive, ...(watch.alive && stall && { stall }) }),
      }),
    ...(actions && {
      retry: (actor: string) => askDaemon(runDir, "POST", `/retry?actor=${encodeURIComponent(actor)}`),
    }),
  });
  const flight = flightIn(runDir);
  let stall: PageStall | undefined;
  const lookForStall = (): void => {
    const present = presentStall(flight, latest?.pid);
    stall = present && stallOf(present);
    server.pump();
  };
  const following = new Following(flight, {
    beside: lookForStall,
    lines: (text) => feed.take(text),
    gone: () => server.end(`${runDir}/flight was removed: start troupe ui again when there is a daemon`),
  });
  // Those who began while we read what was before are dead, but for the last.
  reading = false;
  if (latest) watch.follow(latest);
  lookForStall();
  const port = await server.listen(wanted);
  const link = (): string => `http://127.0.0.1:${port}/#token=${secrets.token()}\n`;
  process.stdout.write(`${link()}Good once; Enter prints another one, Ctrl-C ends.\n`);
  process.stdin.on("data", () => process.stdout.write(link()));
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  following.close();
  server.close();
  watch.close();
  return 0;
};
