/** Whether an image is signed by one of the keys that a `sigstoreSigned` requirement has, for the name that it asks for. */
import type { KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Failed, toFailure } from "../../../errors.ts";
import type { Held } from "./gatekeeper.ts";
import { signatureStorageFor } from "./registries-d.ts";
import type { Keys, Requirement } from "./requirements.ts";
import { isSignedAs } from "./signed-payload.ts";
import { publicKey, sigstoreAttachments, verifiedPayload, type Attachment } from "./sigstore-attachments.ts";

type SigstoreSigned = Extract<Requirement, { type: "sigstoreSigned" }>;

/** Throws Failed with what is wrong with each signature, and what registries throw. One good signature is enough. */
export const proveSigstore = async (
  { keys, identity }: SigstoreSigned,
  held: Held,
  registriesDirectory: string,
  signal: AbortSignal,
): Promise<void> => {
  const storage = await signatureStorageFor(registriesDirectory, held.place, signal);
  if (!storage.sigstoreAttachments)
    throw new Failed(
      `nobody says where its signatures are: use-sigstore-attachments is not set for ${held.place} in ${registriesDirectory}`,
    );
  const known = await keysOf(keys ?? { paths: [], data: [] }, signal);
  const attachments = await sigstoreAttachments(held.registry, held.digest, signal);
  if (attachments.length === 0) throw new Failed(`there is no signature of ${held.digest}`);
  const faults: string[] = [];
  for (const attachment of attachments) {
    const fault = faultOf(attachment, known, identity, held);
    if (fault === undefined) return;
    faults.push(fault);
  }
  throw new Failed([...new Set(faults)].join("; "));
};

const faultOf = (
  attachment: Attachment,
  keys: readonly KeyObject[],
  identity: SigstoreSigned["identity"],
  { reference, digest }: Held,
): string | undefined => {
  try {
    const { manifestDigest, dockerReference } = verifiedPayload(attachment, keys);
    if (manifestDigest !== digest) return `the signature is of ${manifestDigest}, and not of ${digest}`;
    if (isSignedAs(identity, reference, dockerReference)) return undefined;
    return `the signature is for ${dockerReference}, which ${identity.type} does not take for this name`;
  } catch (error) {
    return toFailure(error).text;
  }
};

const keysOf = async ({ paths, data }: Keys, signal: AbortSignal): Promise<readonly KeyObject[]> => {
  const read = await Promise.all(paths.map(async (path) => publicKey(await readFile(path, { signal }), path)));
  return [...read, ...data.map((pem) => publicKey(pem, "a key in the policy"))];
};
