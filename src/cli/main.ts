/** `troupe`: one file a command. */
import { toFailure } from "../errors.ts";

type Command = (args: readonly string[]) => Promise<number>;

/** Loaded when asked for: `troupe version` does not wait for gRPC. */
const commands: Readonly<
  Record<string, { readonly does: string; readonly load: () => Promise<{ readonly run: Command }> }>
> = {
  serve: { does: "serve the CRI to the kubelet", load: () => import("./serve.ts") },
  monitor: {
    does: "be the parent of all containers; `monitor upgrade` replaces a running one in place",
    load: () => import("./monitor.ts"),
  },
  doctor: { does: "say what this host lacks, and what follows", load: () => import("./doctor.ts") },
  check: {
    does: "say what on this node is not accounted for: foreign, missing, left over; `--repair` mends it",
    load: () => import("./check.ts"),
  },
  wipe: { does: "take all of Troupe off this node, and prove it", load: () => import("./wipe.ts") },
  config: {
    does: "say what the configuration comes to: `config images REF`, whom a pull would ask, and how",
    load: () => import("./config.ts"),
  },
  waits: { does: "say what everything that is not at rest waits for", load: () => import("./waits.ts") },
  explain: { does: "say why a pod is stuck, or anything else", load: () => import("./explain.ts") },
  top: { does: "show what is stuck and what is busy, as it goes on", load: () => import("./top.ts") },
  tree: { does: "show who owns whom, and where everybody is", load: () => import("./tree.ts") },
  history: { does: "tell what became of a pod or a container", load: () => import("./history.ts") },
  record: {
    does: "save what was recorded, with the machines, in a file to look at: -o bug.html",
    load: () => import("./record.ts"),
  },
  image: { does: "list, remove and load images by hand", load: () => import("./image.ts") },
  ui: { does: "show the node in a browser", load: () => import("./ui.ts") },
  replay: { does: "execute a recording again", load: () => import("./replay.ts") },
  "log-level": {
    does: "say how much the daemon says, or change it: trace, debug, info, warning, error, fatal",
    load: () => import("./log-level.ts"),
  },
  profile: {
    does: "measure where the daemon spends its time (`cpu`), or who allocates what stays (`heap`)",
    load: () => import("./profile.ts"),
  },
  machines: { does: "print the lifecycle machines", load: () => import("./machines.ts") },
  version: { does: "print the version", load: () => import("./version.ts") },
};

const usage = (): string =>
  [
    "usage: troupe COMMAND",
    "",
    ...Object.entries(commands).map(([name, { does }]) => `  ${name.padEnd(10)}${does}`),
    "",
  ].join("\n");

const main = async ([name, ...args]: readonly string[]): Promise<number> => {
  const command = name === undefined ? undefined : commands[name];
  if (!command) {
    const asked = name === "--help" || name === "help";
    (asked ? process.stdout : process.stderr).write(
      asked || name === undefined ? usage() : `troupe: there is no command "${name}"\n\n${usage()}`,
    );
    return asked ? 0 : 2;
  }
  try {
    return await (await command.load()).run(args);
  } catch (error) {
    const { code, text } = toFailure(error);
    process.stderr.write(`troupe ${name}: ${text}\n`);
    if (process.env["TROUPE_TRACE"]) process.stderr.write(`${error instanceof Error ? error.stack : ""}\n`);
    return code === "Invalid" ? 2 : 1;
  }
};

// Words that find no room, in a log on a full disk or in a pipe that nobody reads any more, are lost: neither daemon nor monitor ends of it.
process.stderr.on("error", () => {});
process.exit(await main(process.argv.slice(2)));
