/** Commands in containers and clients before them: with pulls, the pieces of work whose caller's leaving matters to them. */
import type { AnyActorRef } from "xstate";
import { Cancelled, Failed, NotAllowed, Overdue } from "../../errors.ts";
import type { ExecContext, WhenGone } from "../../machines/exec.ts";
import type { ContainerView, Exit, MonoMs } from "../../vocabulary/index.ts";
import type { Books } from "../books.ts";
import { attachActorId, execActorId, podActorId } from "../../vocabulary/actor-ids.ts";
import type { Caller, ExecResult, Runtime } from "../runtime.ts";
import type { ExecCommand, Services } from "../services.ts";
import type { ChildSpec } from "../supervisor.ts";
import type { System } from "../system.ts";
import { containerOf, sandboxOf } from "./found.ts";

const SIGNAL_BASE = 128;

const exitCodeOf = (what: string, exit: Exit | null): number => {
  if (!exit) throw new Failed(`${what}: the command has not ended, even after SIGKILL`);
  if ("code" in exit) return exit.code;
  if ("signal" in exit) return SIGNAL_BASE + exit.signal;
  throw new Failed(`the exit code of the command is not known: ${exit.unknown}`);
};

type ExecCalls = Pick<
  Runtime,
  "execSync" | "reopenLog" | "openExec" | "openAttach" | "openForward" | "exec" | "attach"
>;

interface Beginning {
  readonly id: string;
  readonly what: string;
  readonly command: ExecCommand;
  readonly patienceMs: MonoMs | null;
  readonly whenGone: WhenGone;
}

export const execCalls = (system: System, books: Books, services: Services): ExecCalls => {
  const running = (containerId: string, verb: string): ContainerView => {
    const view = containerOf(books, containerId);
    if (view.state === "running") return view;
    throw new NotAllowed(`${verb} in ${view.config.name}: the container is ${view.state}, not running`);
  };

  /** Below the container's pod: an actor that is told when its caller leaves. Resolves when its work is done. */
  const spawn = (
    { sandboxId }: ContainerView,
    { what, announce, ...child }: ChildSpec & { readonly what: string; readonly announce: () => void },
    caller: Caller,
  ): { readonly ref: AnyActorRef | undefined; readonly done: Promise<unknown> } => {
    // Its leaving would never be told: a signal that has been aborted tells nobody again.
    if (caller.signal.aborted) throw new Cancelled(`${what}: the caller has gone before anything was done`);
    const pod = podActorId(sandboxId);
    system.checkOwner(pod, what);
    announce();
    system.tell(pod, { type: "spawn", child });
    const ref = system.find(child.id);
    caller.signal.addEventListener("abort", () => system.tell(child.id, { type: "cancel" }), { once: true });
    return { ref, done: system.callers.attach(child.id, 1, what, caller) };
  };

  /** Resolves with what the actor knew at its end. */
  const run = (view: ContainerView, beginning: Beginning, caller: Caller): Promise<ExecContext> => {
    const { id, what, command, patienceMs, whenGone } = beginning;
    const at = system.door.now();
    const deadline = patienceMs === null ? null : at + patienceMs;
    const input = { id, containerId: view.id, at, deadline, whenGone };
    const announce = (): void =>
      services.execs.announce({ id, containerId: view.id, sandboxId: view.sandboxId }, command);
    const { ref, done } = spawn(view, { kind: "exec", id: execActorId(id), input, what, announce }, caller);
    return done.then(() => {
      if (!ref) throw new Failed(`${what}: the pod's actor is being started again; ask again`);
      return ref.getSnapshot().context as ExecContext;
    });
  };

  return {
    execSync(containerId, argv, timeoutMs, caller) {
      const view = running(containerId, "ExecSync");
      const id = services.newId(32);
      const what = `ExecSync in ${view.config.name}`;
      const command = { argv, tty: false, stdin: false, streamed: false };
      const patienceMs = timeoutMs > 0 ? timeoutMs : null;
      return run(view, { id, what, command, patienceMs, whenGone: "kill" }, caller).then(
        ({ exit, overdue }): ExecResult => {
          const output = services.execs.take(id);
          if (overdue)
            throw new Overdue(
              `${what}: the command was killed after its timeout of ${timeoutMs / 1000} s; it had printed: ${printed(output)}`,
            );
          return { ...output, exitCode: exitCodeOf(what, exit) };
        },
      );
    },

    reopenLog: (containerId) => services.reopenLog(running(containerId, "ReopenContainerLog").id),

    openExec: (containerId, argv, wanted) => services.streaming.exec(running(containerId, "Exec").id, argv, wanted),
    openAttach: (containerId, wanted) => services.streaming.attach(running(containerId, "Attach").id, wanted),
    openForward(sandboxId, ports) {
      const view = sandboxOf(books, sandboxId);
      if (!view.ready) throw new NotAllowed(`PortForward to ${view.config.metadata.name}: the sandbox is not ready`);
      return services.streaming.forward(view.id, ports);
    },

    exec(session, containerId, argv, { tty, stdin }, caller) {
      const view = running(containerId, "Exec");
      const what = `Exec in ${view.config.name}`;
      const whenGone = tty ? "hangUp" : services.killsAbandoned ? "kill" : "goOn";
      const command = { argv, tty, stdin, streamed: true };
      const ended = run(view, { id: session, what, command, patienceMs: null, whenGone }, caller);
      return ended.then(({ exit }) => exitCodeOf(what, exit));
    },

    attach(session, containerId, wanted, caller) {
      const view = running(containerId, "Attach");
      const { name, stdinOnce, tty } = view.config;
      const closesInput = stdinOnce && !tty && wanted.stdin;
      const input = { id: session, containerId: view.id, at: system.door.now(), closesInput };
      const announce = (): void =>
        services.attaches.announce({ id: session, containerId: view.id, sandboxId: view.sandboxId });
      const child = { kind: "attach", id: attachActorId(session), input };
      return spawn(view, { ...child, what: `Attach to ${name}`, announce }, caller).done.then(() => undefined);
    },
  };
};

const SHOWN = 1024;
/** The last of what a command printed and was kept, for an error that people read. */
const printed = ({ stdout, stderr, dropped = 0 }: Omit<ExecResult, "exitCode">): string => {
  const text = Buffer.concat([stdout.subarray(-SHOWN), stderr.subarray(-SHOWN)]).toString();
  if (text === "") return "nothing";
  return JSON.stringify(text) + (dropped > 0 ? `, and ${dropped} bytes more, which were not kept` : "");
};
