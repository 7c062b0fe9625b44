/** Messages of proto/cri.proto, chapter "image", as contract.ts decodes them: written by scripts/proto/messages.ts. */
import type { Int64 } from "../draft.ts";
import type { PodSandboxConfig } from "./sandbox.ts";
import type { Int64Value, UInt64Value } from "./security.ts";

export interface ImageSpec {
  readonly image: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** As the pod says it. */
  readonly user_specified_image: string;
  /** The handler for which the image was pulled. */
  readonly runtime_handler: string;
  readonly image_ref: string;
}

export interface Image {
  /** Digest of its config. */
  readonly id: string;
  /** Full names. */
  readonly repo_tags: readonly string[];
  /** REPOSITORY@sha256:… */
  readonly repo_digests: readonly string[];
  readonly size: Int64;
  /** Of its user; else username. */
  readonly uid: Int64Value | null;
  readonly username: string;
  readonly spec: ImageSpec | null;
  /** Never collected by the client. */
  readonly pinned: boolean;
}

export interface ImageFilter {
  readonly image: ImageSpec | null;
}

export interface ListImagesRequest {
  readonly filter: ImageFilter | null;
}

export interface ListImagesResponse {
  readonly images: readonly Image[];
}

export interface StreamImagesRequest {
  readonly filter: ImageFilter | null;
}

export interface StreamImagesResponse {
  readonly images: readonly Image[];
}

export interface ImageStatusRequest {
  readonly image: ImageSpec | null;
  readonly verbose: boolean;
}

export interface ImageStatusResponse {
  /** Absent: there is no such image, which is no error. */
  readonly image: Image | null;
  readonly info: Readonly<Record<string, string>>;
}

export interface AuthConfig {
  readonly username: string;
  readonly password: string;
  /** Base64 of USER:PASSWORD. */
  readonly auth: string;
  /** The others hold for this registry alone. */
  readonly server_address: string;
  readonly identity_token: string;
  readonly registry_token: string;
}

export interface PullImageRequest {
  readonly image: ImageSpec | null;
  readonly auth: AuthConfig | null;
  readonly sandbox_config: PodSandboxConfig | null;
}

export interface PullImageResponse {
  /** The image id. */
  readonly image_ref: string;
}

/** Idempotent. All names of the image go. */
export interface RemoveImageRequest {
  readonly image: ImageSpec | null;
}

export type RemoveImageResponse = Record<string, never>;

/** Asked before anything is there: must work with no image. */
export type ImageFsInfoRequest = Record<string, never>;

/** One file system each. */
export interface ImageFsInfoResponse {
  readonly image_filesystems: readonly FilesystemUsage[];
  readonly container_filesystems: readonly FilesystemUsage[];
}

export interface FilesystemUsage {
  readonly timestamp: Int64;
  readonly fs_id: FilesystemIdentifier | null;
  readonly used_bytes: UInt64Value | null;
  readonly inodes_used: UInt64Value | null;
}

export interface FilesystemIdentifier {
  /** A directory on that file system. */
  readonly mountpoint: string;
}
