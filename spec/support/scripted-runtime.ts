/** An OCI runtime that does what a spec has written for each verb, and is crun otherwise. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "./kubelet.ts";

export type Verb =
  "--version" | "features" | "create" | "start" | "kill" | "delete" | "state" | "exec" | "update" | "checkpoint";

export interface ScriptedRuntime {
  readonly path: string;
  /** Shell, with crun's parameters as its own; absent: it is crun. */
  on(verb: Verb, script: string): void;
  reset(): void;
  /** Uninstalls it, and installs it again. */
  hide(): void;
  show(): void;
  /** Pid of the call that hangs, once there is one: for a script that ends in `hang`. */
  hanging(): Promise<number>;
}

/** Until it is killed. */
export const hang = "echo $$ > $scripts/pid; exec sleep 1000";

/** `place`: of the test bed that is to be made with it. */
export const scriptedRuntime = (place: string): ScriptedRuntime => {
  const scripts = join(place, "logs", "runtime");
  const path = join(scripts, "crun");
  const pid = join(scripts, "pid");
  mkdirSync(scripts, { recursive: true });
  const program = `#!/bin/sh
scripts=${scripts}
for word; do
  case $word in
  --version | features | create | start | kill | delete | state | exec | update | checkpoint)
    [ ! -e $scripts/on$word ] || . $scripts/on$word
    break ;;
  esac
done
exec /usr/bin/crun "$@"
`;
  writeFileSync(path, program, { mode: 0o755 });
  const written = new Set<string>();
  return {
    path,
    on(verb, script) {
      written.add(verb);
      writeFileSync(join(scripts, `on${verb}`), script);
    },
    reset() {
      for (const verb of written) rmSync(join(scripts, `on${verb}`), { force: true });
      rmSync(pid, { force: true });
      written.clear();
    },
    hide: () => renameSync(path, `${path}-hidden`),
    show: () => renameSync(`${path}-hidden`, path),
    hanging: () =>
      eventually("a call of the OCI runtime that hangs", 10_000, () => {
        const found = existsSync(pid) ? Number(readFileSync(pid, "utf8")) : 0;
        if (found === 0) return undefined; // it is there a moment before it is written
        rmSync(pid);
        return found;
      }),
  };
};
