/**
 * Which protocol a client gets, by the headers of its request: WebSocket where it says so, else SPDY.
 *
 * The first entry *of the client's list* that is known wins. Clients read the status codes: 403 for no common protocol, 400
 * for a request that asks for none, or does not ask for an upgrade.
 */
import type { IncomingHttpHeaders } from "node:http";

/** An answer instead of an upgrade. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** What is spoken about one kind of request. */
export interface Known {
  /** Values of X-Stream-Protocol-Version. */
  readonly spdy: readonly string[];
  /** Values of Sec-WebSocket-Protocol; a client that names none is taken as well. */
  readonly websocket: readonly string[];
}

export type Handshake =
  | { readonly kind: "spdy"; readonly protocol: string }
  /** Empty: the client named none. */
  | { readonly kind: "websocket"; readonly subprotocol: string }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export const NOT_FOUND: Refusal = { status: 404, text: "no such request, or it was opened already, or too late" };

export const NO_UPGRADE: Refusal = {
  status: 400,
  text: "a connection that is upgraded to SPDY/3.1 or to websocket is needed",
};

const list = (header: string | readonly string[] | undefined): readonly string[] =>
  (typeof header === "string" ? header : (header ?? []).join(","))
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");

const refused = (status: number, text: string, headers?: Refusal["headers"]): Handshake => ({
  kind: "refused",
  refusal: { status, text, ...(headers && { headers }) },
});

/** `upgrades`: the request has both headers of an upgrade. */
export const handshake = (headers: IncomingHttpHeaders, known: Known, upgrades: boolean): Handshake => {
  if (upgrades && headers.upgrade?.toLowerCase() === "websocket") {
    const offered = list(headers["sec-websocket-protocol"]);
    const subprotocol = offered.length === 0 ? "" : offered.find((entry) => known.websocket.includes(entry));
    if (subprotocol !== undefined) return { kind: "websocket", subprotocol };
    return refused(403, `none of the offered subprotocols is known; known are ${known.websocket.join(", ")}`);
  }
  const offered = list(headers["x-stream-protocol-version"]);
  if (offered.length === 0) return refused(400, "the header X-Stream-Protocol-Version is missing");
  const protocol = offered.find((entry) => known.spdy.includes(entry));
  if (protocol === undefined)
    return refused(403, `none of the offered protocols is known; known are ${known.spdy.join(", ")}`, {
      "X-Accepted-Stream-Protocol-Versions": known.spdy,
    });
  if (!upgrades || !headers.upgrade?.toLowerCase().includes("spdy/3.1"))
    return { kind: "refused", refusal: NO_UPGRADE };
  return { kind: "spdy", protocol };
};
