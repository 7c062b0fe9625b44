/** One request to a registry and what it leads to: redirects by hand, bodies with a limit, no credentials to strangers. */
import { Agent, request, type Dispatcher } from "undici";
import { Failed } from "../../errors.ts";
import { requestFailure } from "./registry-failures.ts";

const mostRedirects = 5;
/** Silence for so long, in milliseconds, and the connection counts as dead. */
const silence = 60_000;

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Dispatcher.ResponseData["headers"];
  readonly body: Dispatcher.ResponseData["body"];
  /** Who answered, after redirects: without path and query, which may hold secrets. */
  readonly host: string;
}

export interface HttpRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Makes it a POST of a form. */
  readonly form?: URLSearchParams;
}

export interface Http {
  /** Throws Unavailable, Failed and Cancelled. The body must be read or thrown away. */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** `insecure`: certificates are not checked, and plain http is no downgrade. */
export const httpClient = ({ insecure }: { readonly insecure: boolean }): Http => {
  const dispatcher = new Agent({
    allowH2: false,
    headersTimeout: silence,
    bodyTimeout: silence,
    connect: { timeout: 30_000, rejectUnauthorized: !insecure },
  });
  return {
    async send(first, signal) {
      let url = new URL(first.url);
      let headers = first.headers;
      for (let redirects = 0; ; redirects += 1) {
        if (redirects > mostRedirects) throw new Failed(`${url.host} redirects more than ${mostRedirects} times`);
        const answer = await sendOnce(dispatcher, { url, headers, form: first.form }, signal);
        const next = redirection(url, answer);
        if (!next) return { status: answer.statusCode, headers: answer.headers, body: answer.body, host: url.host };
        await answer.body.dump();
        if (next.protocol !== "https:" && !(insecure && next.protocol === "http:")) {
          throw new Failed(`${url.host} redirects to ${next.protocol}//${next.host}, which is not https`);
        }
        if (next.origin !== url.origin) headers = withoutCredentials(headers);
        url = next;
      }
    },
    close: () => dispatcher.destroy(),
  };
};

interface OneRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly form: URLSearchParams | undefined;
}

const sendOnce = async (dispatcher: Agent, { url, headers, form }: OneRequest, signal: AbortSignal) => {
  try {
    return await request(url, {
      dispatcher,
      signal,
      // A proxy that compresses on the way would change the bytes that are to be hashed.
      headers: { "accept-encoding": "identity", "user-agent": "troupe", ...headers },
      ...(form && { method: "POST", body: form.toString() }),
    });
  } catch (error) {
    throw requestFailure(error, url.host, signal);
  }
};

const redirection = (from: URL, { statusCode, headers }: Dispatcher.ResponseData): URL | undefined => {
  if (![301, 302, 303, 307, 308].includes(statusCode)) return undefined;
  const location = typeof headers["location"] === "string" ? headers["location"] : "";
  if (location === "" || !URL.canParse(location, from)) {
    throw new Failed(`${from.host} redirects (${statusCode}) without saying where to`);
  }
  return new URL(location, from);
};

const withoutCredentials = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !["authorization", "cookie"].includes(name)));

/** A whole body, of at most `limit` bytes; `what` it is, for the error. */
export const readBody = async (
  { body, host }: HttpAnswer,
  { limit, what }: { readonly limit: number; readonly what: string },
  signal: AbortSignal,
): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) throw new Failed(`${what} from ${host} is larger than ${limit} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw requestFailure(error, host, signal);
  }
  return Buffer.concat(chunks);
};
