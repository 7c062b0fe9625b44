/** What policy.json can require of an image (containers-policy.json(5)), each read strictly. */
import { quoted } from "../../../errors.ts";
import { parseWritten, type WrittenReference } from "../reference.ts";
import { Members } from "./strict-json.ts";

/** Where keys are: files, or what stands in the policy itself, decoded. */
export interface Keys {
  readonly paths: readonly string[];
  readonly data: readonly Buffer[];
}

/** For which name a signature has to be. */
export type SignedIdentity =
  | { readonly type: "matchExact" | "matchRepoDigestOrExact" | "matchRepository" }
  | { readonly type: "exactReference"; readonly dockerReference: WrittenReference }
  | { readonly type: "exactRepository"; readonly dockerRepository: string }
  | { readonly type: "remapIdentity"; readonly prefix: string; readonly signedPrefix: string };

export type Requirement =
  | { readonly type: "insecureAcceptAnything" | "reject" }
  | { readonly type: "signedBy"; readonly keys: Keys; readonly identity: SignedIdentity }
  | {
      readonly type: "sigstoreSigned";
      readonly identity: SignedIdentity;
      /** Absent: by another way than with a key that is known (`fulcio`, `pki`). */
      readonly keys?: Keys;
      readonly rekorKeys?: Keys;
    };

/** Of a requirement that says nothing of it. */
const PRESET: SignedIdentity = { type: "matchRepoDigestOrExact" };

/** Throws Invalid; `what` names the requirement and its file. */
export const requirementOf = (value: unknown, what: string): Requirement => {
  const members = new Members(value, what);
  const requirement = read(members.text("type") ?? "", members);
  members.done();
  return requirement;
};

const read = (type: string, members: Members): Requirement => {
  switch (type) {
    case "insecureAcceptAnything":
    case "reject":
      return { type };
    case "signedBy": {
      const keyType = members.text("keyType");
      if (keyType !== "GPGKeys") throw members.wrong(`has keyType ${quoted(keyType ?? "")}; it is to be GPGKeys`);
      const keys = keysOf(members, { path: "keyPath", paths: "keyPaths", data: "keyData" });
      if (!keys) throw members.wrong("has no keys: one of keyPath, keyPaths, keyData is to be there");
      return { type, keys, identity: identityOf(members) };
    }
    case "sigstoreSigned":
      return sigstoreOf(members);
    default:
      throw members.wrong(`has the type ${quoted(type)}, which is none`);
  }
};

const sigstoreOf = (members: Members): Requirement => {
  const keys = keysOf(members, { path: "keyPath", paths: "keyPaths", data: "keyData", datas: "keyDatas" });
  const [fulcio, pki] = [members.take("fulcio"), members.take("pki")];
  if ([keys, fulcio, pki].filter((one) => one !== undefined).length !== 1)
    throw members.wrong("is to have one of keyPath, keyPaths, keyData, keyDatas, fulcio, pki");
  const rekorKeys = keysOf(members, {
    path: "rekorPublicKeyPath",
    paths: "rekorPublicKeyPaths",
    data: "rekorPublicKeyData",
    datas: "rekorPublicKeyDatas",
  });
  if (fulcio !== undefined && !rekorKeys) throw members.wrong("has fulcio without a key of Rekor");
  if (pki !== undefined && rekorKeys) throw members.wrong("has pki with a key of Rekor");
  const identity = identityOf(members);
  return { type: "sigstoreSigned", identity, ...(keys && { keys }), ...(rekorKeys && { rekorKeys }) };
};

interface KeyNames {
  readonly path: string;
  readonly paths: string;
  readonly data: string;
  readonly datas?: string;
}

const keysOf = (members: Members, names: KeyNames): Keys | undefined => {
  const [path, paths] = [members.text(names.path), members.texts(names.paths)];
  const [data, datas] = [members.text(names.data), names.datas === undefined ? undefined : members.texts(names.datas)];
  const given = [path, paths, data, datas].filter((one) => one !== undefined);
  if (given.length === 0) return undefined;
  if (given.length > 1) throw members.wrong(`has more than one of ${Object.values(names).join(", ")}`);
  const decoded = (text: string): Buffer => {
    if (text !== "" && /^[A-Za-z0-9+/]+={0,2}$/.test(text)) return Buffer.from(text, "base64");
    throw members.wrong(`has ${names.data} that is no base64`);
  };
  return {
    paths: path === undefined ? (paths ?? []) : [path],
    data: (data === undefined ? (datas ?? []) : [data]).map(decoded),
  };
};

const identityOf = (requirement: Members): SignedIdentity => {
  const value = requirement.take("signedIdentity");
  if (value === undefined) return PRESET;
  let members: Members;
  try {
    members = new Members(value, "");
  } catch {
    throw requirement.wrong("has signedIdentity that is no object");
  }
  const needed = (key: string): string => {
    const text = members.text(key);
    if (text === undefined || text === "") throw requirement.wrong(`has signedIdentity without ${key}`);
    return text;
  };
  const type = needed("type");
  const identity = ((): SignedIdentity => {
    switch (type) {
      case "matchExact":
      case "matchRepoDigestOrExact":
      case "matchRepository":
        return { type };
      case "exactReference":
        return { type, dockerReference: wholeReference(needed("dockerReference"), requirement) };
      case "exactRepository":
        return { type, dockerRepository: needed("dockerRepository") };
      case "remapIdentity":
        return { type, prefix: needed("prefix"), signedPrefix: needed("signedPrefix") };
      default:
        throw requirement.wrong(`has signedIdentity of the type ${quoted(type)}, which is none`);
    }
  })();
  const [unknown] = members.rest();
  if (unknown) throw requirement.wrong(`has signedIdentity with the unknown key ${quoted(unknown[0])}`);
  return identity;
};

const wholeReference = (text: string, requirement: Members): WrittenReference => {
  if (/[:@]/.test(text.slice(text.lastIndexOf("/") + 1))) return parseWritten(text);
  throw requirement.wrong(`has signedIdentity with the dockerReference ${quoted(text)} without a tag or a digest`);
};
