/** Small images for specs and the demo, made here: from layers given as tar entries, or from the machine's own busybox. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { tar, type TarFile } from "./tar.ts";

export interface TestImage {
  readonly config: Buffer;
  readonly layers: readonly { readonly blob: Buffer; readonly mediaType: string }[];
  readonly manifest: Buffer;
  readonly mediaType: string;
}

export const sha256 = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** What a container of the image does when nobody says otherwise: as in an image's config. */
export interface TestImageConfig {
  readonly User?: string;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
  readonly StopSignal?: string;
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly Labels?: Readonly<Record<string, string>>;
}

/** An OCI image of these layers (tar archives, bottom first), each one gzipped. */
export const testImage = (layers: readonly Buffer[], config: TestImageConfig = {}): TestImage => {
  const packed = layers.map((layer) => ({
    blob: gzipSync(layer),
    mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
  }));
  const configBytes = json({
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    os: "linux",
    config,
    rootfs: { type: "layers", diff_ids: layers.map(sha256) },
  });
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = json({
    schemaVersion: 2,
    mediaType,
    config: descriptor(configBytes, "application/vnd.oci.image.config.v1+json"),
    layers: packed.map((layer) => descriptor(layer.blob, layer.mediaType)),
  });
  return { config: configBytes, layers: packed, manifest, mediaType };
};

export const descriptor = (bytes: Buffer, mediaType: string) => ({
  mediaType,
  digest: sha256(bytes),
  size: bytes.length,
});

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** busybox with all its applets as symbolic links, the few files that programs look for, and a shell to run. */
export const busyboxImage = (config: TestImageConfig = { Env: ["PATH=/bin"], Cmd: ["sh"] }): TestImage => {
  const applets = execFileSync("/usr/bin/busybox", ["--list"], { encoding: "utf8" }).split("\n").filter(Boolean);
  const directories = ["bin", "dev", "etc", "home", "proc", "root", "sys", "tmp", "usr", "var"];
  const root: TarFile[] = [
    ...directories.map((name) => ({ name: `${name}/`, type: "5", ...(name === "tmp" && { mode: 0o1777 }) })),
    { name: "bin/busybox", mode: 0o755, content: readFileSync("/usr/bin/busybox") },
    { name: "etc/passwd", content: "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n" },
    { name: "etc/group", content: "root:x:0:\nnogroup:x:65534:\n" },
  ];
  const links = applets
    .filter((applet) => applet !== "busybox")
    .map((applet) => ({ name: `bin/${applet}`, type: "2", link: "busybox" }));
  return testImage([tar(root), tar(links)], config);
};
