/** Where an image may be had: which hosts are asked for a reference, in which order, and how. */
import { Failed, Invalid } from "../../errors.ts";
import { parseReference, type Reference } from "./reference.ts";
import type { MirrorRule, RegistriesConf, RegistryRule } from "./registries-conf.ts";

export interface Endpoint {
  /** Without a slash at its end: `https://registry-1.docker.io`. */
  readonly base: string;
  /** The repository's name there: a mirror may know it under another one. */
  readonly repository: string;
  /** No certificate is checked, and plain http is tried where https fails. */
  readonly insecure: boolean;
}

/** With what its configuration goes by. */
export interface ConfiguredEndpoint extends Endpoint {
  /** Host and port as the files have them: `docker.io`. */
  readonly domain: string;
  readonly isMirror: boolean;
  /** The rule that led here; absent: none speaks of it. */
  readonly rule?: RegistryRule;
}

const endpointOf = (domain: string, path: string, insecure: boolean): Omit<ConfiguredEndpoint, "isMirror"> => ({
  domain,
  base: `https://${domain === "docker.io" ? "registry-1.docker.io" : domain}`,
  repository: path,
  insecure,
});

/** How much of `name` the rule's prefix takes; undefined: it is not of this rule. */
const matched = (name: string, { prefix }: RegistryRule): number | undefined => {
  if (prefix.startsWith("*.")) {
    const [host = ""] = name.split(/[:/]/);
    return host.length >= prefix.length && host.endsWith(prefix.slice(1)) ? host.length : undefined;
  }
  // As the format has it a port is no part of the host: `example.com` is also the rule for `example.com:5000`.
  return name.startsWith(prefix) && /^([:/]|$)/.test(name.slice(prefix.length)) ? prefix.length : undefined;
};

/** `name` with its matched part replaced, as host and path. Throws Invalid where that is no repository's name. */
const moved = (name: string, length: number, location: string, rule: RegistryRule): Reference => {
  const text = `${location}${name.slice(length)}`;
  try {
    return parseReference(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Invalid(`${rule.file}: the registry "${rule.prefix}" makes ${text} of ${name}: ${why}`, error);
  }
};

const takes = ({ pullsBy }: MirrorRule, { digest }: Reference): boolean =>
  pullsBy === "all" || (pullsBy === "digest-only") === (digest !== undefined);

/**
 * Who is asked for `reference`: the mirrors of the rule with the longest prefix that fits, then its registry. Throws Failed for
 * a blocked registry, Invalid for a location that makes no name. The hosts in `insecure` (`127.0.0.1:5000`) need no TLS.
 */
export const endpointsBy = (
  { rules }: Pick<RegistriesConf, "rules">,
  insecure: readonly string[],
  reference: Reference,
): readonly ConfiguredEndpoint[] => {
  const name = `${reference.domain}/${reference.path}`;
  const [best] = rules
    .flatMap((rule) => {
      const length = matched(name, rule);
      return length === undefined ? [] : [{ rule, length }];
    })
    .toSorted((one, other) => other.rule.prefix.length - one.rule.prefix.length);
  if (best === undefined) {
    const { domain, path } = reference;
    return [{ ...endpointOf(domain, path, insecure.includes(domain)), isMirror: false }];
  }
  const { rule, length } = best;
  if (rule.blocked) throw new Failed(`${name} is not pulled: ${rule.file} has the registry "${rule.prefix}" blocked`);
  const at = (location: string | undefined, mayBeInsecure: boolean, isMirror: boolean): ConfiguredEndpoint => {
    const { domain, path } = location === undefined ? reference : moved(name, length, location, rule);
    return { ...endpointOf(domain, path, mayBeInsecure || insecure.includes(domain)), isMirror, rule };
  };
  const mirrors = rule.mirrors.filter((mirror) => takes(mirror, reference));
  return [
    ...mirrors.map((mirror) => at(mirror.location, mirror.insecure, true)),
    at(rule.location, rule.insecure, false),
  ];
};
