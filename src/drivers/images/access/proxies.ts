/**
 * Which proxy a URL is fetched through, by the environment, as Go's programs read it: HTTP_PROXY, HTTPS_PROXY and NO_PROXY in
 * either case; NO_PROXY knows hosts, `.suffix`, addresses, CIDR (clusters set 10.0.0.0/8) and ports; loopback is never proxied.
 * Node's own reading of NO_PROXY knows no CIDR, and proxies loopback.
 */
import net, { isIP } from "node:net";
import { Invalid } from "../../../errors.ts";

export interface Proxy {
  /** With its password, if it has one. */
  readonly url: string;
  /** For people: without. */
  readonly shown: string;
  /** The variable that names it. */
  readonly variable: string;
}

/** Undefined: directly. Throws Invalid for a variable that names no proxy. */
export type ProxyFor = (url: URL) => Proxy | undefined;

type Env = Readonly<Record<string, string | undefined>>;
type Matcher = (host: string, port: string) => boolean;

const family = (ip: string): "ipv4" | "ipv6" => (isIP(ip) === 6 ? "ipv6" : "ipv4");

const isLoopback = (host: string): boolean => (isIP(host) === 4 ? host.startsWith("127.") : host === "::1");

/** `host:port`, `[::1]:port`, or a host alone. */
const split = (word: string): { readonly host: string; readonly port: string } => {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(word) ?? [];
  if (port !== undefined) return { host: bracketed ?? plain ?? "", port };
  return { host: word.replace(/^\[(.*)\]$/, "$1"), port: "" };
};

/** One word of NO_PROXY; undefined: it says nothing. */
const matcherOf = (word: string): Matcher | undefined => {
  if (word === "*") return () => true;
  const [network = "", bits] = word.split("/");
  if (bits !== undefined) {
    const most = isIP(network) === 6 ? 128 : 32;
    if (isIP(network) === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > most) return undefined;
    const list = new net.BlockList();
    list.addSubnet(network, Number(bits), family(network));
    return (host) => isIP(host) !== 0 && list.check(host, family(host));
  }
  const { host: named, port: only } = split(word);
  if (named === "") return undefined;
  const atPort = (port: string): boolean => only === "" || only === port;
  if (isIP(named) !== 0) {
    const list = new net.BlockList();
    list.addAddress(named, family(named));
    return (host, port) => isIP(host) !== 0 && list.check(host, family(host)) && atPort(port);
  }
  const bare = named.replace(/^\*(?=\.)/, "");
  const suffix = bare.startsWith(".") ? bare : `.${bare}`;
  return (host, port) => (host.endsWith(suffix) || host === bare) && atPort(port);
};

const proxyIn = (env: Env, names: readonly string[]): Proxy | undefined => {
  const variable = names.find((name) => env[name]);
  const value = variable === undefined ? "" : (env[variable] ?? "").trim();
  if (variable === undefined || value === "") return undefined;
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // What it is may hold a password, and so is not told.
  if (!url || url.hostname === "") throw new Invalid(`${variable} in the environment is no URL of a proxy`);
  const shown = `${url.protocol}//${url.host}`;
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new Invalid(`${variable} in the environment is ${shown}: a proxy is spoken to by http or https`);
  return { url: url.href, shown, variable };
};

export const proxiesIn = (env: Env): ProxyFor => {
  const without = (env["NO_PROXY"] || env["no_proxy"] || "")
    .split(",")
    .flatMap((word) => matcherOf(word.trim().toLowerCase()) ?? []);
  return ({ protocol, hostname, port }) => {
    const host = hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
    if (host === "localhost" || isLoopback(host)) return undefined;
    const secure = protocol === "https:";
    const at = port === "" ? (secure ? "443" : "80") : port;
    if (without.some((matches) => matches(host, at))) return undefined;
    return proxyIn(env, secure ? ["HTTPS_PROXY", "https_proxy"] : ["HTTP_PROXY", "http_proxy"]);
  };
};
