/**
 * The process namespaces that containers join instead of having one of their own: the pod's, which its infra process keeps, or
 * that of another container of the pod (`kubectl debug --target`), which its first process keeps.
 *
 * They are found by a pid, which the kernel gives out again: so the process is looked at again when the namespace was joined.
 */
import { Invalid, NotAllowed, NotFound, Unavailable } from "../errors.ts";
import type { Init } from "../machines/container-recovery.ts";
import type { Books, ContainerEntry, SandboxEntry } from "../supervisors/books.ts";
import { findContainer } from "../supervisors/calls/found.ts";
import { shortId } from "../vocabulary/index.ts";
import type { Parts } from "./parts.ts";
import { sandboxEntryOf } from "./pod-hands.ts";

type Living = Pick<Parts, "processes">;

const namespaceOf = ({ pid }: Init): { readonly pid: string } => ({ pid: `/proc/${pid}/ns/pid` });

/** By its id or a unique prefix. */
const targetOf = ({ processes }: Living, books: Books, { id, sandboxId, config }: ContainerEntry): Init => {
  const { targetId } = config.security.namespaces;
  const view = findContainer(books, targetId);
  const entry = view && books.containers.entry(view.id);
  if (!entry || entry.id === id) throw new NotFound("target container", targetId);
  const target = `target container ${shortId(entry.id)} (${entry.config.name})`;
  if (entry.sandboxId !== sandboxId)
    throw new Invalid(
      `${target} is in sandbox ${shortId(entry.sandboxId)}, not in ${shortId(sandboxId)}: only a container of the same pod can be joined`,
    );
  const init = entry.memo?.init;
  if (view.state !== "running" || !init || !processes.lives(init))
    throw new NotAllowed(
      `${target} is ${view.state === "running" ? "ending" : view.state}, not running: nobody can join its processes`,
    );
  return init;
};

const infraOf = ({ processes }: Living, { id, memo }: SandboxEntry): Init | undefined => {
  if (memo?.infra && !processes.lives(memo.infra))
    throw new Unavailable(`the infra process of sandbox ${id} has ended; the pod needs a new sandbox`);
  return memo?.infra ?? undefined;
};

/**
 * Nothing where the container has a process namespace of its own, or the host's. Throws NotFound, Invalid, NotAllowed and
 * Unavailable in words where it cannot be joined.
 */
export const joinedProcesses = (parts: Living, books: Books, entry: ContainerEntry): { readonly pid?: string } => {
  if (entry.config.security.namespaces.pid === "target") return namespaceOf(targetOf(parts, books, entry));
  const infra = infraOf(parts, sandboxEntryOf(books, entry.sandboxId));
  return infra ? namespaceOf(infra) : {};
};
