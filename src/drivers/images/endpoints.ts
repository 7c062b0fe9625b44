/** Where an image may be had: which hosts are asked for a reference, in which order, and how. */
import type { Reference } from "./reference.ts";

export interface Endpoint {
  /** Without a slash at its end: `https://registry-1.docker.io`. */
  readonly base: string;
  /** The repository's name there: a mirror may know it under another one. */
  readonly repository: string;
  /** No certificate is checked, and plain http is tried where https fails. */
  readonly insecure: boolean;
}

/** Mirrors first, the registry that the reference names last. Never empty. */
export type Endpoints = (reference: Reference) => readonly Endpoint[];

/** Each reference's own registry; the hosts in `insecure` (`127.0.0.1:5000`) need no TLS. */
export const ownRegistries =
  ({ insecure }: { readonly insecure: readonly string[] }): Endpoints =>
  ({ domain, path }) => [
    {
      base: `https://${domain === "docker.io" ? "registry-1.docker.io" : domain}`,
      repository: path,
      insecure: insecure.includes(domain),
    },
  ];
