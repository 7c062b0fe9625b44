/**
 * What people write for an image, in the grammar of distribution/reference: `[domain/]path[:tag][@digest]`.
 *
 * `busybox` is `docker.io/library/busybox:latest`. With a digest the tag says nothing any more, and is dropped.
 */
import { Invalid, quoted } from "../../errors.ts";
import type { Digest } from "../../vocabulary/index.ts";
import { isDigest } from "./digest.ts";

export interface Reference {
  /** Host and port, as written; `docker.io` for Docker Hub. */
  readonly domain: string;
  /** `library/busybox` */
  readonly path: string;
  readonly tag?: string;
  /** Present exactly if `tag` is not. */
  readonly digest?: Digest;
}

/** As it was written: without a domain it is a short name, and the node's configuration says what it stands for. */
export type WrittenReference = Omit<Reference, "domain"> & { readonly domain?: string };

const label = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const domainPattern = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const componentPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const longestPath = 255;

/** Throws Invalid, saying which part is wrong. */
export const parseWritten = (text: string): WrittenReference => {
  const invalid = (why: string): Invalid => new Invalid(`the image reference ${quoted(text)} ${why}`);
  if (text === "") throw new Invalid("the image reference is empty");
  if (/^[0-9a-f]{64}$/.test(text)) throw invalid("is an image id, and no name");

  const [scheme] = /^[a-z+-]+:\/\//.exec(text) ?? [];
  if (scheme !== undefined) throw invalid(`has ${quoted(scheme)} at its beginning: write it without`);
  const [named = "", digest, ...more] = text.split("@");
  if (more.length > 0) throw invalid('has more than one "@"');
  if (digest !== undefined && !isDigest(digest)) {
    throw invalid(
      `has the digest ${quoted(digest)}: sha256 with 64 or sha512 with 128 digits, in lower case, is known`,
    );
  }
  // The last colon behind the last slash begins a tag; one before it is the port's.
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  const [name, tag] = colon < 0 ? [named, undefined] : [named.slice(0, colon), named.slice(colon + 1)];
  if (tag !== undefined && !tagPattern.test(tag)) {
    throw invalid(`has the tag ${quoted(tag)}: up to 128 letters, digits, "_", "." and "-" can be one`);
  }
  const { domain, path } = splitDomain(name);
  if (domain !== undefined && !domainPattern.test(domain))
    throw invalid(`has the host ${quoted(domain)}, which is none`);
  checkPath(path, invalid);
  const place = domain === undefined ? { path } : { domain, path };
  return digest === undefined ? { ...place, tag: tag ?? "latest" } : { ...place, digest };
};

/** The same, where a short name is Docker Hub's. Throws Invalid. */
export const parseReference = (text: string): Reference => atHost(parseWritten(text), "docker.io");

/** What a short name is at `host`; another one stays what it is. */
export const atHost = (written: WrittenReference, host: string): Reference => {
  const { domain = host, path } = written;
  return { ...written, domain, path: domain === "docker.io" && !path.includes("/") ? `library/${path}` : path };
};

/** `docker.io/library/busybox` */
export const repositoryOf = ({ domain, path }: Reference): string => `${domain}/${path}`;

/** The whole reference in its one long form; a short name stays short. */
export const formatReference = (reference: WrittenReference): string =>
  (reference.domain === undefined ? reference.path : `${reference.domain}/${reference.path}`) +
  (reference.digest ? `@${reference.digest}` : `:${reference.tag}`);

/** Only a first component that looks like a host is one: `localhost/x`, `a.b/x`, `a:5000/x`, `A/x`. */
const splitDomain = (name: string): { domain: string | undefined; path: string } => {
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(slash, 0));
  const isDomain = slash >= 0 && (first === "localhost" || /[.:]/.test(first) || first !== first.toLowerCase());
  if (!isDomain) return { domain: undefined, path: name };
  const domain = first === "index.docker.io" ? "docker.io" : first;
  const path = name.slice(slash + 1);
  return { domain, path: domain === "docker.io" && !path.includes("/") ? `library/${path}` : path };
};

const checkPath = (path: string, invalid: (why: string) => Invalid): void => {
  if (path.length > longestPath) throw invalid(`has a name of ${path.length} characters, more than ${longestPath}`);
  if (path !== path.toLowerCase()) throw invalid(`has the name ${quoted(path)}: it must be in lower case`);
  const wrong = path.split("/").find((component) => !componentPattern.test(component));
  if (wrong === undefined) return;
  if (wrong === "") throw invalid("has an empty part in its name");
  throw invalid(`has ${quoted(wrong)} in its name: only letters, digits and single ".", "_", "__" or "-" between them`);
};
