/**
 * What stands in the Authorization header for one repository, and how it is got: nothing, Basic, or a token from the
 * server that the registry names. A token is kept until it is refused: nobody has to believe `expires_in`.
 */
import { Failed } from "../../errors.ts";
import type { Challenge } from "./challenge.ts";
import type { Credentials } from "./credentials.ts";
import { readBody, type Http } from "./http.ts";
import { refusal } from "./registry-failures.ts";

const largestAnswer = 1 << 20;

export interface AuthorizationOptions {
  readonly http: Http;
  readonly repository: string;
  readonly credentials: Credentials | undefined;
  /** Where they are from, in words. */
  readonly credentialsFrom?: string | undefined;
  /** What the registry asked for when it was first spoken to. */
  readonly challenges: readonly Challenge[];
  /** Credentials may travel without TLS. */
  readonly insecure: boolean;
}

export class Authorization {
  readonly #options: AuthorizationOptions;
  /** The header made of the last token; `got` when it is there. */
  #bearing: { readonly header: Promise<string>; got?: string } | undefined;

  constructor(options: AuthorizationOptions) {
    this.#options = options;
  }

  /** In words, for errors. */
  get as(): string {
    const { credentials, credentialsFrom } = this.#options;
    if (!credentials) return "without credentials";
    const from = credentialsFrom === undefined ? "" : ` (from ${credentialsFrom})`;
    return (credentials.kind === "password" ? `as ${JSON.stringify(credentials.username)}` : "with a token") + from;
  }

  async header(signal: AbortSignal): Promise<string | undefined> {
    const { credentials, challenges } = this.#options;
    if (credentials?.kind === "bearer") return `Bearer ${credentials.token}`;
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    if (bearer) return this.#bearer(bearer, signal);
    if (!challenges.some(({ scheme }) => scheme === "basic")) return undefined;
    return credentials?.kind === "password" ? basic(credentials) : undefined;
  }

  /** `refused` was answered with 401: what may do better, or undefined. */
  async renewed(
    refused: string | undefined,
    challenges: readonly Challenge[],
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (this.#options.credentials?.kind === "bearer") return undefined;
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    if (!bearer) return undefined;
    // Several blobs are fetched at once: one of the others may have renewed it already, or be about to.
    if (refused !== undefined && refused === this.#bearing?.got) this.#bearing = undefined;
    return this.#bearer(bearer, signal);
  }

  async #bearer(challenge: Challenge, signal: AbortSignal): Promise<string> {
    const bearing = (this.#bearing ??= { header: this.#fetchToken(challenge, signal) });
    try {
      return (bearing.got = await bearing.header);
    } catch (error) {
      if (this.#bearing === bearing) this.#bearing = undefined;
      throw error;
    }
  }

  async #fetchToken({ parameters }: Challenge, signal: AbortSignal): Promise<string> {
    const { http, repository, credentials, insecure } = this.#options;
    const realm = parameters.get("realm") ?? "";
    const url = URL.canParse(realm) ? new URL(realm) : undefined;
    if (!url || !(url.protocol === "https:" || (insecure && url.protocol === "http:"))) {
      throw new Failed(
        `the registry sends to ${url ? `${url.protocol}//${url.host}` : "nowhere"} for a token: https is needed`,
      );
    }
    const query = new URLSearchParams({ scope: parameters.get("scope") ?? `repository:${repository}:pull` });
    const service = parameters.get("service");
    if (service !== undefined) query.set("service", service);
    const answer = await http.send(tokenRequest(url, query, credentials), signal);
    const body = await readBody(answer, { limit: largestAnswer, what: "the answer to a token request" }, signal);
    if (answer.status !== 200) {
      throw refusal({ what: `a token for ${repository}`, host: answer.host, status: answer.status, body, as: this.as });
    }
    return `Bearer ${tokenIn(body, answer.host)}`;
  }
}

const basic = ({ username, password }: { username: string; password: string }): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;

const tokenRequest = (url: URL, query: URLSearchParams, credentials: Credentials | undefined) => {
  if (credentials?.kind === "identity") {
    const form = new URLSearchParams([
      ...query,
      ["grant_type", "refresh_token"],
      ["refresh_token", credentials.token],
      ["client_id", "troupe"],
    ]);
    return { url: url.href, headers: { "content-type": "application/x-www-form-urlencoded" }, form };
  }
  for (const [name, value] of query) url.searchParams.set(name, value);
  const headers: Record<string, string> = credentials?.kind === "password" ? { authorization: basic(credentials) } : {};
  return { url: url.href, headers };
};

const tokenIn = (body: Buffer, host: string): string => {
  try {
    const { token, access_token: accessToken } = JSON.parse(body.toString("utf8")) as Record<string, unknown>;
    const found = [token, accessToken].find((value) => typeof value === "string" && /^[\x21-\x7e]+$/.test(value));
    if (typeof found === "string") return found;
  } catch {
    // Said below: JSON's own message would quote the body.
  }
  throw new Failed(`${host} answered a token request with no token`);
};
