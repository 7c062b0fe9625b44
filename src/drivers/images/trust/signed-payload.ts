/** What a signature says: which manifest is known by which name (containers/image's "simple signing"), read strictly. */
import { Invalid } from "../../../errors.ts";
import { isDigest } from "../digest.ts";
import { formatReference, parseWritten, repositoryOf, atHost, type Reference } from "../reference.ts";
import type { SignedIdentity } from "./requirements.ts";
import { Members, parseStrictly } from "./strict-json.ts";

export interface SignedPayload {
  readonly manifestDigest: string;
  /** As it was signed: cosign names no tag. */
  readonly dockerReference: string;
}

/** `type`: what kind of signature it has to say that it is. Throws Invalid. */
export const parsePayload = (bytes: Buffer, type: string): SignedPayload => {
  const top = new Members(parseStrictly(bytes.toString("utf8"), "the signed text"), "the signed text");
  const critical = new Members(top.take("critical"), "the signed text's critical part");
  // Its members are anybody's.
  const optional = top.take("optional");
  if (typeof optional !== "object" || Array.isArray(optional)) throw top.wrong("has optional that is no object");
  top.done();
  if (critical.text("type") !== type) throw critical.wrong(`is not of the type "${type}"`);
  const image = new Members(critical.take("image"), "the signed text's image");
  const identity = new Members(critical.take("identity"), "the signed text's identity");
  critical.done();
  const [manifestDigest, dockerReference] = [image.text("docker-manifest-digest"), identity.text("docker-reference")];
  image.done();
  identity.done();
  if (manifestDigest === undefined || !isDigest(manifestDigest)) throw image.wrong("has no digest");
  if (dockerReference === undefined) throw identity.wrong("has no docker-reference");
  return { manifestDigest, dockerReference };
};

/** A name as distribution writes it: whole, and with no tag where none was written. */
const normal = (text: string): { readonly repository: string; readonly whole: string; readonly bare: boolean } => {
  const reference = atHost(parseWritten(text), "docker.io");
  const bare = !/[:@]/.test(text.slice(text.lastIndexOf("/") + 1));
  const repository = repositoryOf(reference);
  return { repository, whole: bare ? repository : formatReference(reference), bare };
};

/** Whether a signature for `signed` is one for `asked`. Throws Invalid for a name that is none. */
export const isSignedAs = (identity: SignedIdentity, asked: Reference, signed: string): boolean => {
  const { repository, whole, bare } = normal(signed);
  switch (identity.type) {
    case "matchExact":
      return !bare && whole === formatReference(asked);
    case "matchRepoDigestOrExact":
      return !bare && (asked.digest ? repository === repositoryOf(asked) : whole === formatReference(asked));
    case "matchRepository":
      return repository === repositoryOf(asked);
    case "exactReference":
      return !bare && whole === formatReference(atHost(identity.dockerReference, "docker.io"));
    case "exactRepository":
      return repository === normal(identity.dockerRepository).repository;
    case "remapIdentity":
      return isSignedAs({ type: "matchRepoDigestOrExact" }, remapped(identity, asked), signed);
  }
};

/** The name with its prefix replaced, where that ends at a border of its parts. */
const remapped = (
  { prefix, signedPrefix }: { readonly prefix: string; readonly signedPrefix: string },
  asked: Reference,
): Reference => {
  const text = formatReference(asked);
  if (!text.startsWith(prefix) || !/^([/:@]|$)/.test(text.slice(prefix.length))) return asked;
  const reference = parseWritten(`${signedPrefix}${text.slice(prefix.length)}`);
  if (reference.domain === undefined) throw new Invalid(`signedPrefix ${signedPrefix} makes a name without a host`);
  return atHost(reference, reference.domain);
};
