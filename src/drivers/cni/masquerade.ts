/**
 * The masquerading rules of a pod, where the plugin that made them cannot take them away any more.
 *
 * bridge and ptp read the pod's addresses off its interface, which their DEL deletes first: a DEL that was killed between
 * that and the rules leaves them for good, since the next one finds no interface and says that all is well. They hang on a
 * chain whose name derives from network and container (plugins, pkg/utils: FormatChainName), so they can be found.
 */
import { createHash } from "node:crypto";
import { Failed } from "../../errors.ts";
import { isErrno } from "../linux/libc.ts";
import { run } from "../linux/run.ts";
import type { Conflist } from "./conflist.ts";
import { excerpt } from "./json.ts";

const CHAIN_LENGTH = 28;
const LOCK_WAIT_S = "5";
/** A node with very many services has some ten megabytes of rules. */
const RULES_BYTES = 64 << 20;
const WORDS_BYTES = 4096;

export const chainName = (network: string, id: string): string =>
  `CNI-${createHash("sha512").update(`${network}${id}`).digest("hex")}`.slice(0, CHAIN_LENGTH);

const masquerades = ({ plugins }: Conflist): boolean => plugins.some(({ ipMasq }) => ipMasq === true);

/** Words of a rule as iptables-save quotes them. */
const wordsOf = (rule: string): string[] =>
  [...rule.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll(/\\(.)/g, "$1") ?? plain ?? "",
  );

/** Removes what is left; nothing left is fine, and so is a host without the program. */
export const sweepMasquerade = async (
  conflist: Conflist,
  id: string,
  searchPath: string,
  signal: AbortSignal,
): Promise<void> => {
  if (!masquerades(conflist)) return;
  const chain = chainName(conflist.name, id);
  for (const program of ["iptables", "ip6tables"]) await sweep(program, chain, searchPath, signal);
};

const sweep = async (program: string, chain: string, searchPath: string, signal: AbortSignal): Promise<void> => {
  const nat = async (...words: readonly string[]): Promise<string> => {
    const argv = [program, "-w", LOCK_WAIT_S, "-t", "nat", ...words] as const;
    const outputs = { stdout: { keep: RULES_BYTES }, stderr: { keep: WORDS_BYTES } };
    const { end, stdout, stderr } = await run({ argv, env: { PATH: searchPath }, ...outputs }, signal);
    signal.throwIfAborted();
    if ("code" in end && end.code === 0 && !stdout.cut) return stdout.bytes.toString();
    const ending = "code" in end ? `exit status ${end.code}` : end.signal;
    throw new Failed(`${argv.join(" ")} failed (${ending}): ${excerpt(stderr.bytes.toString())}`);
  };
  let rules: readonly string[];
  try {
    rules = (await nat("-S")).split("\n");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return; // nobody can have made rules with it
    throw error;
  }
  for (const rule of rules)
    if (rule.startsWith("-A ") && rule.endsWith(` -j ${chain}`)) await nat("-D", ...wordsOf(rule).slice(1));
  if (!rules.includes(`-N ${chain}`)) return;
  await nat("-F", chain);
  await nat("-X", chain);
};
