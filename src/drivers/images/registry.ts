/** One repository at one registry, over the distribution protocol: ping, authorise, then manifests and blobs. */
import { Failed } from "../../errors.ts";
import { Authorization } from "./authorization.ts";
import { parseChallenges } from "./challenge.ts";
import type { Credentials } from "./credentials.ts";
import type { Endpoint } from "./endpoints.ts";
import { discard, readBody, type Http, type HttpAnswer } from "./http.ts";
import { manifestTypes } from "./media-types.ts";
import { realPatience, type Patience } from "./patience.ts";
import { refusal } from "./registry-failures.ts";

const largestError = 1 << 20;
/** Manifests and configs (as in the peers). */
export const largestDocument = 4 << 20;

export interface ManifestAnswer {
  readonly bytes: Buffer;
  /** Without parameters; "" if none was said. */
  readonly contentType: string;
  /** Docker-Content-Digest; "" if none was said. */
  readonly digest: string;
}

export interface Registry {
  /** Told in words of each pause before it is asked again. */
  told?: ((text: string) => void) | undefined;
  /** By tag or digest; nothing is verified here. Throws NotFound, Unavailable (`RegistryUnavailable: …`), Failed. */
  manifest(target: string, signal: AbortSignal): Promise<ManifestAnswer>;
  /** An answer with status 200, 206 or 416; its body is the caller's to read. `offset` asks for the rest only. */
  blob(digest: string, offset: number, signal: AbortSignal): Promise<HttpAnswer>;
}

export interface RegistryOptions {
  readonly endpoint: Endpoint;
  readonly http: Http;
  readonly credentials: Credentials | undefined;
  /** Where they are from, for errors. */
  readonly credentialsFrom?: string | undefined;
  readonly patience?: Patience;
}

interface Connection {
  readonly base: string;
  readonly authorization: Authorization;
}

export const openRegistry = (options: RegistryOptions): Registry => {
  const { endpoint, http, credentials, credentialsFrom, patience = realPatience } = options;
  const { base, repository, insecure } = endpoint;
  let connecting: Promise<Connection> | undefined;

  const connect = async (signal: AbortSignal): Promise<Connection> => {
    const found = await ping(http, insecure ? [base, base.replace(/^https:/, "http:")] : [base], signal);
    const challenges = parseChallenges(found.answer.headers["www-authenticate"]);
    return {
      base: found.base,
      authorization: new Authorization({ http, repository, credentials, credentialsFrom, challenges, insecure }),
    };
  };

  const getOnce = async (path: string, headers: Record<string, string>, wanted: Wanted, signal: AbortSignal) => {
    connecting ??= connect(signal).catch((error: unknown) => {
      connecting = undefined;
      throw error;
    });
    const { base, authorization } = await connecting;
    const url = `${base}/v2/${repository}/${path}`;
    const send = (header: string | undefined): Promise<HttpAnswer> =>
      http.send({ url, headers: header === undefined ? headers : { ...headers, authorization: header } }, signal);

    const first = await authorization.header(signal);
    let answer = await send(first);
    if (answer.status === 401) {
      const renewed = await authorization.renewed(first, parseChallenges(answer.headers["www-authenticate"]), signal);
      if (renewed !== undefined) {
        await discard(answer);
        answer = await send(renewed);
      }
    }
    const { status, host } = answer;
    if (wanted.statuses.includes(status)) return { result: answer };
    const body = await readBody(answer, { limit: largestError, what: "an error" }, signal);
    const error = refusal({ what: wanted.what, host, status, body, as: authorization.as });
    return { error, again: { status, after: headerOf(answer, "retry-after") } };
  };

  const get = (path: string, headers: Record<string, string>, wanted: Wanted, signal: AbortSignal) =>
    patience.insist<HttpAnswer>(
      () => getOnce(path, headers, wanted, signal).catch((error: unknown) => ({ error })),
      (text) => registry.told?.(text),
      signal,
    );

  const registry: Registry = {
    async manifest(target, signal) {
      const what = `${repository}${target.includes(":") ? "@" : ":"}${target}`;
      const accept = manifestTypes.join(", ");
      const answer = await get(`manifests/${target}`, { accept }, { what, statuses: [200] }, signal);
      return {
        bytes: await readBody(answer, { limit: largestDocument, what: `the manifest of ${what}` }, signal),
        contentType: headerOf(answer, "content-type").replace(/;.*$/s, "").trim().toLowerCase(),
        digest: headerOf(answer, "docker-content-digest"),
      };
    },
    blob: (digest, offset, signal) =>
      get(
        `blobs/${digest}`,
        offset > 0 ? { range: `bytes=${offset}-` } : {},
        { what: `the blob ${digest} of ${repository}`, statuses: offset > 0 ? [200, 206, 416] : [200] },
        signal,
      ),
  };
  return registry;
};

interface Wanted {
  readonly what: string;
  readonly statuses: readonly number[];
}

export const headerOf = ({ headers }: HttpAnswer, name: string): string => {
  const value = headers[name];
  return (typeof value === "string" ? value : value?.[0]) ?? "";
};

/** `GET /v2/` at the first base that answers: who it is and what it asks for. */
const ping = async (
  http: Http,
  bases: readonly string[],
  signal: AbortSignal,
): Promise<{ base: string; answer: HttpAnswer }> => {
  let failure: unknown;
  for (const base of bases) {
    try {
      const answer = await http.send({ url: `${base}/v2/`, headers: {} }, signal);
      const body = await readBody(answer, { limit: largestError, what: "the answer to a ping" }, signal);
      if (answer.status === 200 || answer.status === 401) return { base, answer };
      if (answer.status !== 404) {
        throw refusal({
          what: "the registry's front page /v2/",
          host: answer.host,
          status: answer.status,
          body,
          as: "",
        });
      }
      throw new Failed(`${answer.host} is no container registry: it has no /v2/`);
    } catch (error) {
      failure = error;
      if (signal.aborted) break;
    }
  }
  throw failure;
};
