/** ExecSync: the one piece of work, with pulls, that ends when its caller leaves. */
import { Failed, NotAllowed, Overdue } from "../../errors.ts";
import type { ExecContext } from "../../machines/exec.ts";
import type { Exit } from "../../vocabulary/index.ts";
import type { Books } from "../books.ts";
import { execActorId, podActorId } from "../names.ts";
import type { ExecResult, Runtime } from "../runtime.ts";
import type { Services } from "../services.ts";
import type { System } from "../system.ts";
import { containerOf } from "./found.ts";

const SIGNAL_BASE = 128;

const exitCodeOf = (exit: Exit): number => {
  if ("code" in exit) return exit.code;
  if ("signal" in exit) return SIGNAL_BASE + exit.signal;
  throw new Failed(`the exit code of the command is not known: ${exit.unknown}`);
};

export const execCalls = (system: System, books: Books, services: Services): Pick<Runtime, "execSync"> => ({
  execSync(containerId, command, timeoutMs, caller) {
    const view = containerOf(books, containerId);
    if (view.state !== "running")
      throw new NotAllowed(`ExecSync in ${view.config.name}: the container is ${view.state}, not running`);
    const id = services.newId(32);
    const actor = execActorId(id);
    const what = `ExecSync in ${view.config.name}`;
    const at = system.door.now();
    system.checkOwner(podActorId(view.sandboxId), what);
    services.execs.announce({ id, containerId: view.id, sandboxId: view.sandboxId }, command);
    const input = { id, containerId: view.id, at, deadline: timeoutMs > 0 ? at + timeoutMs : null };
    system.tell(podActorId(view.sandboxId), { type: "spawn", child: { kind: "exec", id: actor, input } });
    const ref = system.find(actor);
    caller.signal.addEventListener("abort", () => system.tell(actor, { type: "cancel" }), { once: true });
    return system.callers.attach(actor, 1, what, caller).then((): ExecResult => {
      if (!ref) throw new Failed(`${what}: the pod's actor is being started again; ask again`);
      const { exit, overdue } = ref.getSnapshot().context as ExecContext;
      const output = services.execs.take(id);
      if (overdue)
        throw new Overdue(
          `${what}: the command was killed after its timeout of ${timeoutMs / 1000} s; it had printed: ${printed(output)}`,
        );
      if (!exit) throw new Failed(`${what}: the command has not ended, even after SIGKILL`);
      return { ...output, exitCode: exitCodeOf(exit) };
    });
  },
});

const SHOWN = 1024;
/** The last of what a command printed, for an error that people read. */
const printed = ({ stdout, stderr }: Pick<ExecResult, "stdout" | "stderr">): string => {
  const text = Buffer.concat([stdout.subarray(-SHOWN), stderr.subarray(-SHOWN)]).toString();
  return text === "" ? "nothing" : JSON.stringify(text);
};
