/**
 * What is written down of a sandbox or a container that has come to rest: where it rests, and what its actor knows; for
 * whoever begins again has only that.
 */
import type { ContainerEntry, SandboxEntry } from "../supervisors/books.ts";
import type { Node } from "./world/node.ts";

/** What is decided by later, as the record and the actor's context name it. */
const OF_SANDBOX = ["hostNetwork", "sharesProcesses", "infra", "ips", "failure"] as const;
const OF_CONTAINER = ["init", "started", "asked", "exit", "failure", "deadline", "limits"] as const;

type Known = Readonly<Record<string, unknown>>;

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** `place`: where it rests; `known`: its actor's context. Undefined: all is as it should be. */
export const wrongWithAccount = (
  { kernel }: Node,
  { id, memo }: SandboxEntry | ContainerEntry,
  place: string,
  known: Known,
): string | undefined => {
  // A record that could not be written after a crash is behind, and says less.
  if (known["trouble"] && (place === "created" || place === "running")) return undefined;
  if (memo?.phase !== place) return `is recorded as ${memo?.phase ?? "nothing"}`;
  if (memo.verb !== null) return `is recorded to ${memo.verb}`;
  const fields: readonly string[] = "started" in memo ? OF_CONTAINER : OF_SANDBOX;
  const recorded = memo as unknown as Known;
  // A stop that came behind the last commit has nothing left to do.
  const isLate = (field: string): boolean => field === "deadline" && place === "stopped";
  const field = fields.find((one) => !isLate(one) && !same(recorded[one], known[one]));
  if (known["trouble"]) return "tells of a trouble that is over";
  if (field !== undefined) return `knows ${field} otherwise than it is recorded`;
  const init = "started" in memo ? memo.init : memo.infra;
  const process = kernel.of(id);
  if (process && place !== "stopped" && !same(init, process.name)) return "does not know its first process";
  return undefined;
};
