/**
 * One request to a registry and what it leads to: redirects by hand, bodies with a limit, no credentials to strangers.
 *
 * By Node's own client, which gives bodies as they came and is there already for gRPC's sake: another one would stay in the
 * daemon's memory for the sake of a few pulls.
 */
import { request as plainRequest, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { request as secureRequest } from "node:https";
import { Failed } from "../../errors.ts";
import { isErrno } from "../linux/libc.ts";
import { connectionAgents, type Agents } from "./access/agents.ts";
import { requestFailure } from "./registry-failures.ts";

const mostRedirects = 5;
/** Of a body that nobody wants: more is dearer than a new connection. */
const readForNothing = 128 << 10;

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  readonly body: IncomingMessage;
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

export interface HttpOptions {
  /** Certificates are not checked, and plain http is no downgrade. */
  readonly insecure: boolean;
  /** Silence for so long, and the connection counts as dead. */
  readonly silenceMs?: number;
  /** For a connection to be there, and a proxy's way on. */
  readonly connectWithinMs?: number;
  /** Absent: directly, and by the authorities that Node knows. */
  readonly agents?: Agents;
}

export const httpClient = ({
  insecure,
  silenceMs = 60_000,
  connectWithinMs = 30_000,
  agents = connectionAgents({ insecure }),
}: HttpOptions): Http => {
  return {
    async send(first, signal) {
      let url = new URL(first.url);
      let headers = first.headers;
      for (let redirects = 0; ; redirects += 1) {
        if (redirects > mostRedirects) throw new Failed(`${url.host} redirects more than ${mostRedirects} times`);
        const answer = await sendOnce(agents, { url, headers, form: first.form, silenceMs, connectWithinMs }, signal);
        if (![301, 302, 303, 307, 308].includes(answer.status)) return answer;
        await discard(answer);
        const next = redirection(answer, url);
        if (next.protocol !== "https:" && !(insecure && next.protocol === "http:")) {
          throw new Failed(`${url.host} redirects to ${next.protocol}//${next.host}, which is not https`);
        }
        if (next.origin !== url.origin) headers = withoutCredentials(headers);
        url = next;
      }
    },
    async close() {
      agents.close();
    },
  };
};

interface OneRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly form: URLSearchParams | undefined;
  readonly silenceMs: number;
  readonly connectWithinMs: number;
}

const sendOnce = async (agents: Agents, one: OneRequest, signal: AbortSignal): Promise<HttpAnswer> => {
  const { host } = one.url;
  for (;;) {
    let request: ClientRequest | undefined;
    try {
      request = begin(agents, one, signal);
      const body = await answerTo(request, one);
      return { status: body.statusCode ?? 0, headers: body.headers, body, host };
    } catch (error) {
      // The server closed a connection that was kept, just when it was to be used again.
      if (request?.reusedSocket && !one.form && !signal.aborted && isErrno(error, "ECONNRESET", "EPIPE")) continue;
      throw requestFailure(error, host, signal, agents.proxyOf(one.url)?.shown);
    }
  }
};

const begin = (
  agents: Agents,
  { url, headers, form, connectWithinMs }: OneRequest,
  signal: AbortSignal,
): ClientRequest => {
  const options = {
    signal,
    timeout: connectWithinMs,
    // A proxy that compresses on the way would change the bytes that are to be hashed.
    headers: { "accept-encoding": "identity", "user-agent": "troupe", ...headers },
    ...(form && { method: "POST" }),
  };
  const ask = url.protocol === "https:" ? secureRequest : plainRequest;
  return ask(url, { ...options, agent: agents.agentFor(url) }).end(form?.toString());
};

/** Its head; the body, which breaks off with an error of its own, is still to come. */
const answerTo = (request: ClientRequest, { silenceMs, connectWithinMs }: OneRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    let answer: IncomingMessage | undefined;
    let missing = `no connection within ${connectWithinMs} ms`;
    const listen = (): void => {
      missing = `nothing came for ${silenceMs} ms`;
      request.setTimeout(silenceMs);
    };
    request.on("error", reject);
    request.once("socket", (socket) => (socket.connecting ? socket.once("connect", listen) : listen()));
    request.once("response", (message) => {
      answer = message;
      resolve(message);
    });
    request.on("timeout", () => {
      // The silence is ours where a slow disk keeps us from reading.
      if (answer && answer.readableLength > 0) listen();
      else (answer ?? request).destroy(Object.assign(new Error(missing), { code: "ETIMEDOUT" }));
    });
  });

const redirection = ({ status, headers: { location = "" } }: HttpAnswer, from: URL): URL => {
  if (location !== "" && URL.canParse(location, from)) return new URL(location, from);
  throw new Failed(`${from.host} redirects (${status}) without saying where to`);
};

const withoutCredentials = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !["authorization", "cookie"].includes(name)));

/** Done with the body, whatever it is. Its connection can be used again if the rest is short. */
export const discard = async ({ body }: HttpAnswer): Promise<void> => {
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > readForNothing) break; // which closes the connection
    }
  } catch {
    // It broke off by itself.
  }
};

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
