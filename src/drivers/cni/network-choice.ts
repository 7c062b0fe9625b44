/** Which of the networks in the directory is used: the first one that can be, or the one named in the settings. As CRI-O chooses. */
import { toFailure } from "../../errors.ts";
import { bounded, type Timers } from "./bounded.ts";
import { checkPlugins, type PluginPlaces } from "./chain.ts";
import type { Conflist } from "./conflist.ts";
import { readNetworks, type Candidate } from "./directory.ts";

export interface ChoiceOptions extends PluginPlaces {
  readonly confDir: string;
  /** Absent: the first usable one. */
  readonly defaultNetwork?: string | undefined;
  readonly timers: Timers;
}

export interface Chosen {
  readonly file: string;
  readonly conflist: Conflist;
}

const problemOf = async (options: ChoiceOptions, candidate: Candidate): Promise<string | undefined> => {
  if ("problem" in candidate) return candidate.problem;
  try {
    await bounded(options.timers, (signal) => checkPlugins(options, candidate.conflist, signal));
    return undefined;
  } catch (error) {
    return toFailure(error).text;
  }
};

const noneOf = ({ confDir, defaultNetwork }: ChoiceOptions, files: number, problems: readonly string[]): string => {
  if (files === 0) return `no CNI configuration file in ${confDir}: has your network provider been started?`;
  const wanted = defaultNetwork === undefined ? "no usable CNI configuration" : `no CNI network "${defaultNetwork}"`;
  return `${wanted} in ${confDir}${problems.length > 0 ? `: ${problems.join("; ")}` : ""}`;
};

/** Reads the directory; answers the network, or why there is none, with the problem of each file. `inForce` is the choice so far. */
export const chooseNetwork = async (options: ChoiceOptions, inForce: Chosen | undefined): Promise<Chosen | string> => {
  const candidates = await readNetworks(options.confDir);
  const wanted = ({ name }: Conflist): boolean =>
    options.defaultNetwork === undefined || name === options.defaultNetwork;
  const problems: string[] = [];
  for (const candidate of candidates) {
    // The file of the network in force cannot be read: it is being written. Until that is done, nothing changes.
    if ("problem" in candidate && candidate.file === inForce?.file) return inForce;
    if ("conflist" in candidate && !wanted(candidate.conflist)) continue;
    const problem = await problemOf(options, candidate);
    if (problem === undefined && "conflist" in candidate) return candidate;
    problems.push(`${candidate.file}: ${problem}`);
  }
  return noneOf(options, candidates.length, problems);
};
