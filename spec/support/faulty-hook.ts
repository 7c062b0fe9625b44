/** Loaded into a daemon from sources beside its program (`--import`): at each SIGUSR2 it reads who makes a mistake from now on. */
import { existsSync, readFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { StateMachine, type AnyActorScope } from "xstate";

const { searchParams } = new URL(import.meta.url);
const file = searchParams.get("file") ?? "";

const breakMachines = (): void => {
  let faulty = "";
  process.on("SIGUSR2", () => void (faulty = existsSync(file) ? readFileSync(file, "utf8") : ""));
  const prototype = StateMachine.prototype as unknown as {
    transition: (snapshot: unknown, event: unknown, scope: AnyActorScope) => unknown;
  };
  const { transition } = prototype;
  prototype.transition = function (snapshot, event, scope) {
    if (scope.self.id === faulty) throw new Error("a mistake in the machine");
    return transition.call(this, snapshot, event, scope);
  };
};

// What it starts may inherit the option: meant is the daemon.
if (isMainThread && process.argv.includes("serve")) breakMachines();
