/**
 * Tokens and secrets: a link holds a token, which is good once; the page that brings it gets a secret that only its tab knows.
 * Neither is ever in a cookie, which any page of this host would send along.
 */
import { createHash, randomBytes } from "node:crypto";

const made = (): string => randomBytes(32).toString("base64url");
/** Looked up by their sums, so that how long it takes says nothing about them. */
const sumOf = (word: string): string => createHash("sha256").update(word).digest("base64");

/** More tabs than anybody looks at; the one that came first goes. */
const MOST_TABS = 32;

export class Secrets {
  #token: string | undefined;
  readonly #tabs = new Set<string>();

  /** For a new link; an earlier one that was not used is good no longer. */
  token(): string {
    const token = made();
    this.#token = sumOf(token);
    return token;
  }

  /** The secret for a tab; undefined where the token is none, or was used. */
  exchange(token: string): string | undefined {
    if (this.#token === undefined || sumOf(token) !== this.#token) return undefined;
    this.#token = undefined;
    const secret = made();
    const [first] = this.#tabs;
    if (first !== undefined && this.#tabs.size >= MOST_TABS) this.#tabs.delete(first);
    this.#tabs.add(sumOf(secret));
    return secret;
  }

  knows(secret: string): boolean {
    return this.#tabs.has(sumOf(secret));
  }
}
