/**
 * Who may speak to the page's server: this machine's own browser, from the page itself. Any site that is open in that browser can
 * reach a port of this machine, so each request says by its headers that it is none of theirs.
 */
import type { IncomingHttpHeaders } from "node:http";

const OWN_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/;
/** `none`: typed, or opened from a terminal. */
const OWN_SITE = new Set(["same-origin", "none"]);

/** Why a request is refused; undefined: it is not. */
export const refusalOf = (headers: IncomingHttpHeaders): string | undefined => {
  const { host = "", origin } = headers;
  const site = headers["sec-fetch-site"];
  // A name that somebody else's DNS leads here is none of these.
  if (!OWN_HOST.test(host)) return "this page answers to 127.0.0.1 and localhost only";
  if (origin !== undefined && origin !== `http://${host}`) return "another site's page may not ask this";
  if (typeof site === "string" && !OWN_SITE.has(site))
    return "another site led here: copy the address that troupe ui printed into the address bar";
  return undefined;
};

/** Sent with every answer. */
export const GUARDING = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
} as const;
