/** `default_ulimits`: resource limits as docker and CRI-O write them, `nofile=1024:4096`. */
import { Invalid } from "../errors.ts";

/** By the names of setrlimit(2), `RLIMIT_NOFILE`; Infinity: none. */
export type Ulimits = Readonly<Record<string, { readonly soft: number; readonly hard: number }>>;

const names =
  "as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split(" ");

/** Throws Invalid, naming `key`. A limit alone is both; -1 is none. */
export const ulimitsOf = (key: string, list: readonly string[]): Ulimits =>
  Object.fromEntries(
    list.map((text) => {
      const [, name = "", soft = "", hard = soft] = /^([a-z]+)=(-1|\d+)(?::(-1|\d+))?$/.exec(text) ?? [];
      if (!names.includes(name))
        throw new Invalid(`${key} has "${text}"; it is to be NAME=SOFT[:HARD], NAME one of ${names.join(", ")}`);
      const limit = { soft: amount(soft), hard: amount(hard) };
      if (limit.soft > limit.hard) throw new Invalid(`${key} has "${text}": the soft limit is above the hard one`);
      return [`RLIMIT_${name.toUpperCase()}`, limit];
    }),
  );

const amount = (text: string): number => (text === "-1" ? Infinity : Number(text));
