/** Identifiers, branded so that one kind cannot be passed for another. */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** 64 hexadecimal digits. */
export type SandboxId = Branded<"SandboxId">;
/** 64 hexadecimal digits. */
export type ContainerId = Branded<"ContainerId">;
/** 32 hexadecimal digits. */
export type ExecId = Branded<"ExecId">;
/** `sha256:` and 64 hexadecimal digits: the digest of the image's config, which is its id. */
export type ImageId = Branded<"ImageId">;
/** `sha256:…` of bytes as transferred. */
export type Digest = Branded<"Digest">;
/** `sha256:…` of an uncompressed layer. */
export type DiffId = Branded<"DiffId">;

/** The first 12 digits: enough for people to tell objects apart. */
export const shortId = (id: string): string => id.slice(0, 12);
