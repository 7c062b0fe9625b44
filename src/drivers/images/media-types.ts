/** The media types of OCI and Docker that an image is made of. */

export const indexTypes: readonly string[] = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];
export const imageManifestTypes: readonly string[] = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];
/** What is asked for: without OCI's own types registries deny that such an image exists. */
export const manifestTypes: readonly string[] = [...imageManifestTypes, ...indexTypes];

export const schema1Types: readonly string[] = [
  "application/vnd.docker.distribution.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v1+prettyjws",
];

export const configTypes: readonly string[] = [
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
];

/** What is in a layer is told by its bytes; the type only has to be that of a tar, packed or not. */
export const isLayerType = (type: string): boolean =>
  /^application\/vnd\.oci\.image\.layer\.(nondistributable\.)?v1\.tar(\+gzip|\+zstd)?$/.test(type) ||
  /^application\/vnd\.docker\.image\.rootfs\.(foreign\.)?diff\.tar(\.gzip|\.zstd)?$/.test(type);

export const isEncryptedLayerType = (type: string): boolean => type.endsWith("+encrypted");
