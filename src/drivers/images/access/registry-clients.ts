/**
 * HTTP clients by whom they trust: one for all hosts that are like any other, one for each with certificates of its own. Files
 * are looked at for each pull; a client whose files have changed is left to the pulls that have it.
 */
import { createHash } from "node:crypto";
import tls from "node:tls";
import type { ConfiguredEndpoint } from "../endpoints.ts";
import { httpClient, type Http } from "../http.ts";
import { connectionAgents } from "./agents.ts";
import { readHostCertificates } from "./host-certificates.ts";
import type { Proxy, ProxyFor } from "./proxies.ts";
import { systemRoots } from "./system-roots.ts";

export interface ClientsOptions {
  /** Where directories `HOST[:PORT]` of certificates are, in the order in which they are looked for. */
  readonly certificatePlaces: readonly string[];
  /** The system's bundles; the first that is there counts. */
  readonly rootFiles: readonly string[];
  readonly proxyFor: ProxyFor;
}

export interface RegistryClients {
  /** Throws Invalid for certificates that cannot be read, and Cancelled. */
  clientFor(endpoint: ConfiguredEndpoint, signal: AbortSignal): Promise<Http>;
  /** Of the host's own directory, counted; undefined: it has none. Throws Invalid and Cancelled. */
  certificatesFor(
    endpoint: ConfiguredEndpoint,
    signal: AbortSignal,
  ): Promise<{ readonly directory: string; readonly authorities: number; readonly clients: number } | undefined>;
  /** Undefined: directly. Throws Invalid. */
  proxyFor(endpoint: ConfiguredEndpoint): Proxy | undefined;
  close(): Promise<void>;
}

export const registryClients = ({ certificatePlaces, rootFiles, proxyFor }: ClientsOptions): RegistryClients => {
  const roots = systemRoots(rootFiles);
  const clients = new Map<string, { readonly stamp: string; readonly http: Http }>();
  return {
    async clientFor({ base, domain, insecure }, signal) {
      const own = await readHostCertificates(domain, certificatePlaces, signal);
      const { pem, stamp: ofRoots } = insecure ? { stamp: "" } : await roots();
      const key = `${insecure} ${own ? domain : ""}`;
      const stamp = createHash("sha256")
        .update(JSON.stringify([ofRoots, own ?? ""]))
        .digest("hex");
      const known = clients.get(key);
      if (known?.stamp === stamp) return known.http;
      const authorities = [...(pem ?? tls.rootCertificates), ...(own?.authorities ?? [])];
      const trust = pem || own ? { authorities, clients: own?.clients ?? [], host: new URL(base).host } : undefined;
      const agents = connectionAgents({ insecure, trust, proxyFor });
      const http = httpClient({ insecure, agents });
      clients.set(key, { stamp, http });
      return http;
    },
    async certificatesFor({ domain }, signal) {
      const own = await readHostCertificates(domain, certificatePlaces, signal);
      return own && { directory: own.directory, authorities: own.authorities.length, clients: own.clients.length };
    },
    proxyFor: ({ base }) => proxyFor(new URL(base)),
    async close() {
      await Promise.all([...clients.values()].map(({ http }) => http.close()));
    },
  };
};
