/** How this node speaks to a registry: by which client, and with whose credentials. */
import type { RegistryAuth } from "../../../vocabulary/index.ts";
import { credentialsFor } from "../credentials.ts";
import type { ConfiguredEndpoint } from "../endpoints.ts";
import { openRegistry, type Registry } from "../registry.ts";
import type { Found, Keyring } from "./keyring.ts";
import type { RegistryClients } from "./registry-clients.ts";

export interface Asking {
  /** The host of the reference that is pulled, as configuration names it. */
  readonly domain: string;
  /** CRI's, for that host. */
  readonly auth: RegistryAuth | undefined;
  /** Of registries.conf. */
  readonly credentialHelpers: readonly string[];
}

export interface RegistryAccess {
  /** Nothing is read and nobody asked before its first use; that rejects for what cannot be read. */
  registryAt(endpoint: ConfiguredEndpoint, asking: Asking): Registry;
  /** Undefined: the registry is asked without any. Throws as `Keyring.find`. */
  credentialsAt(endpoint: ConfiguredEndpoint, asking: Asking, signal: AbortSignal): Promise<Found | undefined>;
  /** Of the host's own directory; undefined: it has none. Throws Invalid and Cancelled. */
  certificatesAt: RegistryClients["certificatesFor"];
  /** Undefined: directly. Throws Invalid. */
  proxyAt: RegistryClients["proxyFor"];
  close(): Promise<void>;
}

export const registryAccess = (ring: Keyring, clients: RegistryClients): RegistryAccess => {
  const credentialsAt: RegistryAccess["credentialsAt"] = async ({ domain, repository }, asking, signal) => {
    // What came with the call is for the registry of the reference: a mirror is another's server.
    const given = domain === asking.domain ? credentialsFor(asking.auth, domain) : undefined;
    if (given) return { credentials: given, from: "the call" };
    return ring.find(`${domain}/${repository}`, asking.credentialHelpers, signal);
  };

  return {
    credentialsAt,
    certificatesAt: (endpoint, signal) => clients.certificatesFor(endpoint, signal),
    proxyAt: (endpoint) => clients.proxyFor(endpoint),
    registryAt: (endpoint, asking) =>
      openedWhenAsked(async (signal) => {
        const found = await credentialsAt(endpoint, asking, signal);
        const http = await clients.clientFor(endpoint, signal);
        return openRegistry({ endpoint, http, credentials: found?.credentials, credentialsFrom: found?.from });
      }),
    close: () => clients.close(),
  };
};

const openedWhenAsked = (open: (signal: AbortSignal) => Promise<Registry>): Registry => {
  let opening: Promise<Registry> | undefined;
  const opened = async (signal: AbortSignal): Promise<Registry> => {
    const mine = (opening ??= open(signal));
    try {
      return await mine;
    } catch (error) {
      if (opening === mine) opening = undefined;
      throw error;
    }
  };
  return {
    manifest: async (target, signal) => (await opened(signal)).manifest(target, signal),
    blob: async (digest, offset, signal) => (await opened(signal)).blob(digest, offset, signal),
  };
};
