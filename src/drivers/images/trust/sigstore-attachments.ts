/**
 * Signatures by cosign that lie beside their image in the registry, under the tag `sha256-HEX.sig` (cosign's SIGNATURE_SPEC.md):
 * an OCI manifest, whose layers are the signed texts and whose annotations are the signatures.
 */
import { createPublicKey, verify, type KeyObject } from "node:crypto";
import { Failed, toFailure, TroupeError } from "../../../errors.ts";
import { digestOf, parseDigest } from "../digest.ts";
import { readBody } from "../http.ts";
import { asObject, asText } from "../json-object.ts";
import { largestDocument, type Registry } from "../registry.ts";
import { parsePayload, type SignedPayload } from "./signed-payload.ts";

const PAYLOAD_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json";
const SIGNATURE = "dev.cosignproject.cosign/signature";
/** As containers/image has it. */
const MOST_SIGNATURES = 128;

export interface Attachment {
  readonly payload: Buffer;
  readonly signature: Buffer;
}

/** Of the manifest `digest`; none where there are none. Throws what registries throw, and Failed. */
export const sigstoreAttachments = async (
  registry: Registry,
  digest: string,
  signal: AbortSignal,
): Promise<readonly Attachment[]> => {
  const tag = `${digest.replace(":", "-")}.sig`;
  let bytes: Buffer;
  try {
    ({ bytes } = await registry.manifest(tag, signal));
  } catch (error) {
    if (error instanceof TroupeError && error.code === "NotFound") return [];
    throw error;
  }
  const { layers } = asObject(JSON.parse(bytes.toString("utf8")), `the manifest of the signatures ${tag}`);
  if (!Array.isArray(layers) || layers.length > MOST_SIGNATURES)
    throw new Failed(`the manifest of the signatures ${tag} has no list of at most ${MOST_SIGNATURES} layers`);
  const attachments: Attachment[] = [];
  for (const layer of layers) {
    const { mediaType, digest: of, annotations } = asObject(layer, `a layer of the signatures ${tag}`);
    if (mediaType !== PAYLOAD_TYPE) continue;
    const signature = asText(asObject(annotations ?? {}, "its annotations")[SIGNATURE], `the annotation ${SIGNATURE}`);
    const payload = await fetchPayload(registry, parseDigest(of, "a signed text"), signal);
    attachments.push({ payload, signature: Buffer.from(signature, "base64") });
  }
  return attachments;
};

const fetchPayload = async (registry: Registry, digest: string, signal: AbortSignal): Promise<Buffer> => {
  const answer = await registry.blob(digest, 0, signal);
  const payload = await readBody(answer, { limit: largestDocument, what: "a signed text" }, signal);
  if (digestOf(payload, digest) !== digest) throw new Failed(`the signed text ${digest} is not what came`);
  return payload;
};

/** In PEM. Throws Failed; `where` it is, for the error. */
export const publicKey = (pem: Buffer, where: string): KeyObject => {
  try {
    return createPublicKey(pem);
  } catch (error) {
    throw new Failed(`${where} is no public key: ${toFailure(error).text}`, error);
  }
};

/** What was signed by one of `keys`. Throws Failed and Invalid: read is only what is proved to be theirs. */
export const verifiedPayload = ({ payload, signature }: Attachment, keys: readonly KeyObject[]): SignedPayload => {
  const isBy = (key: KeyObject): boolean =>
    verify(key.asymmetricKeyType === "ed25519" ? null : "sha256", payload, key, signature);
  if (!keys.some(isBy)) throw new Failed("the signature is by none of the keys");
  return parsePayload(payload, "cosign container image signature");
};
