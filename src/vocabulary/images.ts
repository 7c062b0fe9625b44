import type { DiffId, Digest, ImageId } from "./ids.ts";

/** What of an image's config a container needs (image-spec config.md). */
export interface ImageConfig {
  readonly user: string;
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly workingDir: string;
  readonly stopSignal: string;
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** One image as the store holds it. */
export interface Image {
  readonly id: ImageId;
  /** Full names with tag: `docker.io/library/busybox:latest`. */
  readonly repoTags: readonly string[];
  /** `repository@sha256:…` */
  readonly repoDigests: readonly string[];
  /** Bytes that its removal frees when nothing is shared: unpacked layers and metadata. */
  readonly sizeBytes: number;
  readonly diffIds: readonly DiffId[];
  readonly config: ImageConfig;
  readonly pinned: boolean;
}

/** CRI AuthConfig, or none. Never recorded, never logged. */
export interface RegistryAuth {
  readonly username: string;
  readonly password: string;
  readonly auth: string;
  readonly serverAddress: string;
  readonly identityToken: string;
  readonly registryToken: string;
}

/** Of an image that an operator loads: who serves it on this machine's loopback, and the password there. Never recorded, never logged. */
export interface ImageServer {
  readonly port: number;
  readonly secret: string;
}

/** What besides its name a pull is told: where it may say who it is, or that the image is not at its registry at all. */
export interface PullFrom {
  readonly auth?: RegistryAuth | undefined;
  readonly server?: ImageServer;
}

export interface LayerDescriptor {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly mediaType: string;
}
