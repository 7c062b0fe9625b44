/** A registry's refusals in our words. Network errors are told apart by their codes, refusals by their status alone. */
import { Cancelled, Failed, TroupeError, Unavailable } from "../../errors.ts";

/** Codes of Node and c-ares that mean: it could not be reached, another time it may. */
const unreachable = /^(ECONNREFUSED|ECONNRESET|EPIPE|EHOSTUNREACH|ENETUNREACH|ENETDOWN|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)$/;
const certificate = /CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME/;

/** Of these: by nobody who is known. */
const unvouched = /SELF_SIGNED|UNABLE_TO_/;

const directoryOf = (host: string): string =>
  `/etc/containers/certs.d/${host === "registry-1.docker.io" ? "docker.io" : host}/ca.crt`;

/** The kubelet takes a message with this start for the pod's reason. */
const registryUnavailable = (text: string, cause?: unknown): Unavailable =>
  new Unavailable(`RegistryUnavailable: ${text}`, cause);

/** What a request that got no whole answer died of. `host` is where it went, `proxy` by whom, if by anybody. */
export const requestFailure = (error: unknown, host: string, signal: AbortSignal, proxy?: string): TroupeError => {
  if (error instanceof TroupeError) return error;
  if (signal.aborted) return new Cancelled(`the request to ${host} was called off`);
  const way = proxy === undefined ? "" : ` through the proxy ${proxy}`;
  const text = error instanceof Error ? error.message || error.name : String(error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (unreachable.test(code) || isProxysTrouble(error))
    return registryUnavailable(`${host} cannot be reached${way}: ${text || code}`, error);
  if (certificate.test(code)) {
    const next = unvouched.test(code) ? `; its authority's certificate belongs in ${directoryOf(host)}` : "";
    return new Failed(`the certificate of ${host} is not trusted: ${text}${next}`, error);
  }
  return new Failed(`the request to ${host}${way} failed: ${text}`, error);
};

/** It did not answer, or is in trouble itself; what else it answers to CONNECT is for good. */
const isProxysTrouble = (error: unknown): boolean => {
  if (!(error instanceof Error && "code" in error && error.code === "ERR_PROXY_TUNNEL")) return false;
  return !("statusCode" in error && Number(error.statusCode) < 500);
};

export interface Refusal {
  /** `docker.io/library/busybox:latest`, or what of it was asked for. */
  readonly what: string;
  readonly host: string;
  readonly status: number;
  /** At most 1 MiB. */
  readonly body: Buffer;
  /** Whose credentials were sent: words for the error. */
  readonly as: string;
}

/** An answer that is neither success nor redirect. */
export const refusal = ({ what, host, status, body, as }: Refusal): TroupeError => {
  const said = sayings(body);
  const detail = said === "" ? "" : `: ${said}`;
  if (status === 404) return new TroupeError("NotFound", `${what} is not there at ${host}${detail}`);
  if (status === 401) return new Failed(`${host} gives ${what} only to those it knows (401), asked ${as}${detail}`);
  if (status === 403) return new Failed(`${host} denies access to ${what} (403), asked ${as}${detail}`);
  if (status === 429) return new Unavailable(`${host} has had too many requests (429) for ${what}, try later${detail}`);
  if (status >= 500) return registryUnavailable(`${host} answered ${status} for ${what}${detail}`);
  return new Failed(`${host} answered ${status} for ${what}${detail}`);
};

/** The codes and messages of the distribution spec's error body, or the first line of a plain text. */
const sayings = (body: Buffer): string => {
  const text = body.toString("utf8");
  try {
    const { errors } = JSON.parse(text) as { errors?: unknown };
    if (Array.isArray(errors)) return clean(errors.slice(0, 3).map(saying).join("; "));
  } catch {
    // Not JSON: a proxy's page, or a plain line.
  }
  return clean(text.split("\n")[0] ?? "");
};

const saying = (error: unknown): string => {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return [code, message].filter((part) => typeof part === "string" && part !== "").join(" ");
};

/**
 * For one line of a message: no control characters, no HTML page, no end; and nothing that was sent to the server as a secret,
 * which it may say again for all to read who may read events.
 */
const clean = (text: string): string =>
  text.trimStart().startsWith("<")
    ? ""
    : text
        .replace(/[^\x20-\x7e\u00a0-\uffff]/g, " ")
        .replace(/\b(basic|bearer) +[^\s,;]+/gi, "$1 …")
        .replace(/\?[^\s"']+/g, "?…")
        .trim()
        .slice(0, 300);
