/** What a registry asks for in `WWW-Authenticate` (RFC 9110 §11.6.1): several schemes, in one header or in many. */

export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** A parameter, `name=token` or `name="quoted"`, or else the name of the next scheme. */
const pieces = /([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/g;

export const parseChallenges = (header: string | readonly string[] | undefined): readonly Challenge[] => {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  const headers = typeof header === "string" ? [header] : (header ?? []);
  for (const [, name = "", quoted, token] of headers.join(", ").matchAll(pieces)) {
    const value = quoted?.replace(/\\(.)/g, "$1") ?? token;
    if (value === undefined) challenges.push({ scheme: name.toLowerCase(), parameters: new Map() });
    else challenges.at(-1)?.parameters.set(name.toLowerCase(), value);
  }
  return challenges;
};
