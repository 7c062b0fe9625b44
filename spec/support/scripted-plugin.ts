/** A CNI plugin that does what a spec has written for each command, and a way to put another network in force. */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { eventually } from "./kubelet.ts";
import { bridgeNetwork, testBed, type TestBed } from "./test-bed.ts";

export interface ScriptedPlugin {
  /** For the list of a network's plugins: it comes behind others and hands on their result. */
  readonly entry: object;
  /** Shell for a command, with the request in $request; absent: it does nothing, and does it well. */
  on(command: "ADD" | "DEL", script: string): void;
  /** It does not come back for pods whose name begins so, until it is released. */
  hold(command: "ADD" | "DEL", names: string): void;
  release(): void;
  /** The commands that it was called with so far. */
  calls(): readonly string[];
  /** Pid of the call that hangs, once there is one: for a script that begins with `hang`. */
  hanging(): Promise<number>;
  reset(): void;
}

/** Until it is killed. */
export const hang = "echo $$ > $scripts/pid; exec sleep 1000";

export const scriptedPlugin = ({ place, pluginDir }: TestBed): ScriptedPlugin => {
  const scripts = join(place, "logs", "scripted");
  const [pid, held] = [join(scripts, "pid"), join(scripts, "held")];
  const reset = (): void => {
    rmSync(scripts, { recursive: true, force: true });
    mkdirSync(scripts);
    appendFileSync(join(scripts, "calls"), "");
  };
  reset();
  const program = `#!/bin/sh
scripts=${scripts}
request=$(cat)
if [ "$CNI_COMMAND" = VERSION ]; then echo '{"cniVersion":"1.0.0","supportedVersions":["1.0.0"]}'; exit; fi
echo "$CNI_COMMAND" >> $scripts/calls
[ ! -e $scripts/$CNI_COMMAND ] || . $scripts/$CNI_COMMAND
[ "$CNI_COMMAND" != ADD ] || printf %s "$request" | sed 's/.*"prevResult"://; s/}$//'
`;
  writeFileSync(join(pluginDir, "scripted"), program, { mode: 0o755 });
  return {
    entry: { type: "scripted" },
    on: (command, script) => writeFileSync(join(scripts, command), script),
    hold: (command, names) => {
      execFileSync("mkfifo", [held]); // whoever opens it to read sleeps until somebody opens it to write
      const wait = "[ ! -e $scripts/held ] || read -r _ < $scripts/held";
      writeFileSync(join(scripts, command), `case $CNI_ARGS in *K8S_POD_NAME=${names}*) ${wait} ;; esac`);
    },
    release: () => {
      if (!existsSync(held)) return;
      const writer = openSync(held, constants.O_RDWR);
      rmSync(held);
      closeSync(writer);
    },
    calls: () => readFileSync(join(scripts, "calls"), "utf8").split("\n").filter(Boolean),
    hanging: () =>
      eventually("a plugin that hangs", 10_000, () => {
        const found = existsSync(pid) ? Number(readFileSync(pid, "utf8")) : 0;
        if (found === 0) return undefined; // it is there a moment before it is written
        rmSync(pid);
        return found;
      }),
    reset,
  };
};

export interface ScriptedBed {
  readonly bed: TestBed;
  readonly plugin: ScriptedPlugin;
  /** The name of the network that is in force: a bridge with the plugin behind it. */
  readonly network: string;
}

/** A bed whose pods all go through the scripted plugin. */
export const scriptedBed = async (name: string): Promise<ScriptedBed> => {
  const bed = await testBed({ name });
  const plugin = scriptedPlugin(bed);
  const network = await useNetwork(bed, [plugin.entry]);
  bed.rebase();
  return { bed, plugin, network };
};

let networks = 0;

/** Puts a bridge with these plugins behind it in force, under a name of its own, and waits until the daemon has seen it. */
export const useNetwork = async (bed: TestBed, plugins: readonly object[] = []): Promise<string> => {
  const name = `e2e-net-${process.pid}-${++networks}`;
  await useConflist(bed, bridgeNetwork(name, plugins));
  return name;
};

/** The text of the one file in the directory; absent: none. */
export const useConflist = async (bed: TestBed, text?: string): Promise<void> => {
  const seen = bed.daemon.line((line) => /network deciding → (ready|notReady)/.test(line));
  const file = join(bed.networkDir, "10-bridge.conflist");
  const whole = join(bed.place, "logs", "conflist");
  if (text === undefined) rmSync(file);
  else {
    writeFileSync(whole, text);
    renameSync(whole, file); // in one step: a file half written is another case
  }
  await seen;
};
