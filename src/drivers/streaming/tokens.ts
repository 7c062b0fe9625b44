/**
 * One-time tokens: what was asked over gRPC, kept until a client opens the URL that has the token in it.
 *
 * A token is a bearer secret. It is good for one opening, also when that is of the wrong kind, and for a minute; how many
 * may be outstanding is bounded.
 */
import { randomBytes } from "node:crypto";
import { Exhausted } from "../../errors.ts";
import type { QueueFigures } from "../../vocabulary/index.ts";

const BYTES = 18;
const LIFETIME_MS = 60_000;
const MOST_OUTSTANDING = 1000;

export interface Tokens<Request extends { readonly kind: string }> {
  /** Throws Exhausted. `subject` is what `forget` knows the request by. */
  issue(request: Request, subject: string): string;
  /** The request, once; undefined for a token that is unknown, used, too old, forgotten or of another kind. */
  redeem<Kind extends Request["kind"]>(kind: Kind, token: string): Extract<Request, { kind: Kind }> | undefined;
  forget(subject: string): void;
  /** Those that are outstanding. */
  readonly queue: QueueFigures;
}

export interface TokenSources {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly random: (bytes: number) => Buffer;
}

interface Entry<Request> {
  readonly request: Request;
  readonly subject: string;
  readonly until: number;
}

const isKind = <Request extends { readonly kind: string }, Kind extends Request["kind"]>(
  request: Request,
  kind: Kind,
): request is Extract<Request, { kind: Kind }> => request.kind === kind;

export const tokens = <Request extends { readonly kind: string }>({
  now = () => performance.now(),
  random = randomBytes,
}: Partial<TokenSources> = {}): Tokens<Request> => {
  // In order of issue, which is the order of expiry.
  const outstanding = new Map<string, Entry<Request>>();
  let refused = 0;

  const dropExpired = (): void => {
    const time = now();
    for (const [token, { until }] of outstanding) {
      if (until > time) return;
      outstanding.delete(token);
    }
  };

  return {
    issue(request, subject) {
      dropExpired();
      if (outstanding.size >= MOST_OUTSTANDING) {
        refused += 1;
        throw new Exhausted(
          `${MOST_OUTSTANDING} streaming requests wait to be opened, which is the bound: open them, or wait a minute`,
        );
      }
      const token = random(BYTES).toString("base64url");
      outstanding.set(token, { request, subject, until: now() + LIFETIME_MS });
      return token;
    },

    get queue() {
      dropExpired();
      return { length: outstanding.size, bound: MOST_OUTSTANDING, refused };
    },

    redeem(kind, token) {
      dropExpired();
      const entry = outstanding.get(token);
      outstanding.delete(token);
      return entry && isKind(entry.request, kind) ? entry.request : undefined;
    },

    forget(subject) {
      for (const [token, entry] of outstanding) if (entry.subject === subject) outstanding.delete(token);
    },
  };
};
