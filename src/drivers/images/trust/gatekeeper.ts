/** Whether an image may be had, as policy.json says: read anew for each pull, and asked before anything of the image is fetched. */
import { readFile } from "node:fs/promises";
import { Cancelled, Invalid, toFailure } from "../../../errors.ts";
import { formatReference, type Reference } from "../reference.ts";
import { PolicyRefusal } from "./policy-refusal.ts";
import { parsePolicy, ruleFor, type Rule } from "./policy.ts";

export interface GatekeeperOptions {
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
  /** Throws PolicyRefusal, which says what is required and by which file, and Cancelled. */
  admit(reference: Reference, signal: AbortSignal): Promise<void>;
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
      const refuse = (why: string): PolicyRefusal =>
        new PolicyRefusal(`${name} ${why} (${gate.by} in ${gate.file ?? "no file"})`);
      for (const { type } of gate.requirements) {
        if (type === "reject") throw refuse("is rejected by the policy");
        if (type !== "insecureAcceptAnything")
          throw refuse(`has to be signed (${type}), and signatures of this kind cannot be verified here`);
      }
    },
  };
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
