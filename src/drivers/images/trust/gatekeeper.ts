/**
 * Whether an image may be had, as policy.json says: read anew for each pull, and asked before anything of the image is fetched;
 * what has to be signed is asked about again when its manifest is known.
 */
import { readFile } from "node:fs/promises";
import { Cancelled, Invalid, toFailure, TroupeError } from "../../../errors.ts";
import { formatReference, type Reference } from "../reference.ts";
import type { Registry } from "../registry.ts";
import { PolicyRefusal } from "./policy-refusal.ts";
import { parsePolicy, ruleFor, type Rule } from "./policy.ts";
import { proveSigstore } from "./sigstore-proof.ts";
import type { Requirement } from "./requirements.ts";

export interface GatekeeperOptions {
  /** `/etc/containers/registries.d` */
  readonly registriesDirectory: string;
  /** Absent: the node's own, which may be missing: then anything is allowed. */
  readonly file?: string | undefined;
}

export interface Gate extends Rule {
  /** Absent: there is none, and anything is allowed. */
  readonly file?: string;
}

export interface Gatekeeper {
  /** What holds for `reference`, which is as the user named it. Throws Invalid and Cancelled. */
  gateFor(reference: Reference, signal: AbortSignal): Promise<Gate>;
  /** What has still to be proved. Throws PolicyRefusal, which says what is required and by which file, and Cancelled. */
  admit(reference: Reference, signal: AbortSignal): Promise<Gate>;
  /** Throws PolicyRefusal for an image that is not signed as `gate` requires, Unavailable where that cannot be seen, and Cancelled. */
  verify(gate: Gate, held: Held, signal: AbortSignal): Promise<void>;
}

/** An image whose manifest has come. */
export interface Held {
  /** As the user named it. */
  readonly reference: Reference;
  /** The repository by its name at the host that had it. */
  readonly place: string;
  /** Of the manifest that is used; not of an index that led to it. */
  readonly digest: string;
  readonly registry: Registry;
}

const NODE_POLICY = "/etc/containers/policy.json";

export const gatekeeper = (options: GatekeeperOptions): Gatekeeper => {
  const gateFor: Gatekeeper["gateFor"] = async (reference, signal) => {
    const file = options.file ?? NODE_POLICY;
    const text = await readPolicy(file, options.file === undefined, signal);
    if (text === undefined)
      return { by: `no policy, for there is no ${file}`, requirements: [{ type: "insecureAcceptAnything" }] };
    return { file, ...ruleFor(parsePolicy(file, text), reference) };
  };
  return {
    gateFor,
    async admit(reference, signal) {
      const name = formatReference(reference);
      const gate = await gateFor(reference, signal).catch((error: unknown) => {
        if (error instanceof Cancelled) throw error;
        throw new PolicyRefusal(`${name}: ${toFailure(error).text}`, error);
      });
      for (const requirement of gate.requirements) {
        if (requirement.type === "reject") throw refusal(gate, reference, "is rejected by the policy");
        const lack = lackOf(requirement);
        if (lack !== undefined) throw refusal(gate, reference, `has to be signed (${requirement.type}), and ${lack}`);
      }
      return gate;
    },
    async verify(gate, held, signal) {
      for (const requirement of gate.requirements) {
        if (requirement.type !== "sigstoreSigned") continue;
        try {
          await proveSigstore(requirement, held, options.registriesDirectory, signal);
        } catch (error) {
          if (signal.aborted) throw new Cancelled("verifying the image's signatures was called off");
          // Not had either way; but another mirror, or another time, may prove it.
          if (error instanceof TroupeError && error.code === "Unavailable") throw error;
          throw refusal(gate, held.reference, `is not signed as it has to be: ${toFailure(error).text}`, error);
        }
      }
    },
  };
};

const refusal = (gate: Gate, reference: Reference, why: string, cause?: unknown): PolicyRefusal =>
  new PolicyRefusal(`${formatReference(reference)} ${why} (${gate.by} in ${gate.file ?? "no file"})`, cause);

/** What cannot be proved here, whatever the image is; undefined: it can. */
const lackOf = (requirement: Requirement): string | undefined => {
  if (requirement.type === "signedBy") return "signatures by GPG keys cannot be verified here";
  if (requirement.type !== "sigstoreSigned") return undefined;
  if (!requirement.keys)
    return "only signatures by keys that are given can be verified here, not those of fulcio or pki";
  return requirement.rekorKeys ? "entries of Rekor cannot be verified here" : undefined;
};

const readPolicy = async (file: string, mayBeAbsent: boolean, signal: AbortSignal): Promise<string | undefined> => {
  try {
    return await readFile(file, { encoding: "utf8", signal });
  } catch (error) {
    if (signal.aborted) throw new Cancelled(`reading ${file} was called off`);
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && mayBeAbsent) return undefined;
    throw new Invalid(`the policy ${file} cannot be read: ${code ?? String(error)}`, error);
  }
};
