/** Connections to registries: directly or through a proxy, each with whom it trusts and what it says of us. */
import { Agent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import { createSecureContext, type SecureContext } from "node:tls";
import type { Proxy, ProxyFor } from "./proxies.ts";

/** A connection is kept for so long when nobody uses it. */
const IDLE_MS = 4000;

export interface Trust {
  /** PEM; absent: Node's own. */
  readonly authorities?: readonly string[];
  /** Shown to `host` alone: no server that it leads to has to know who we are. */
  readonly clients: readonly { readonly cert: string; readonly key: string }[];
  /** With its port, as in a URL. */
  readonly host: string;
}

export interface AgentsOptions {
  /** Certificates are not checked. */
  readonly insecure: boolean;
  readonly trust?: Trust | undefined;
  readonly proxyFor?: ProxyFor | undefined;
}

export interface Agents {
  /** For a request to `url`. Throws Invalid where the environment names no proxy. */
  agentFor(url: URL): Agent | SecureAgent;
  /** Undefined: it is spoken to directly. */
  proxyOf(url: URL): Proxy | undefined;
  /** Ends all connections. */
  close(): void;
}

export const connectionAgents = ({ insecure, trust, proxyFor }: AgentsOptions): Agents => {
  const agents = new Map<string, Agent | SecureAgent>();
  const contexts = new Map<boolean, SecureContext>();

  /** Takes 10 ms where it reads a system's hundred authorities: so it is made once for all connections. */
  const contextFor = (own: boolean): SecureContext | undefined => {
    if (!trust) return undefined;
    const made = contexts.get(own);
    if (made) return made;
    const { authorities, clients } = trust;
    const context = createSecureContext({
      ...(authorities && !insecure && { ca: [...authorities] }),
      ...(own && { cert: clients.map(({ cert }) => cert), key: clients.map(({ key }) => key) }),
    });
    contexts.set(own, context);
    return context;
  };

  const make = (secure: boolean, own: boolean, proxy: Proxy | undefined): Agent | SecureAgent => {
    const pool = { keepAlive: true, timeout: IDLE_MS };
    if (!secure) return new Agent({ ...pool, ...(proxy && { proxyEnv: { http_proxy: proxy.url } }) });
    const secureContext = contextFor(own);
    return new SecureAgent({
      ...pool,
      rejectUnauthorized: !insecure,
      ...(secureContext && { secureContext }),
      ...(proxy && { proxyEnv: { https_proxy: proxy.url } }),
    });
  };

  return {
    proxyOf: (url) => proxyFor?.(url),
    agentFor(url) {
      const secure = url.protocol === "https:";
      const own = trust !== undefined && trust.clients.length > 0 && url.host === trust.host;
      const proxy = proxyFor?.(url);
      const key = JSON.stringify([secure, own, proxy?.url ?? ""]);
      const known = agents.get(key);
      if (known) return known;
      const agent = make(secure, own, proxy);
      agents.set(key, agent);
      return agent;
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
    },
  };
};
