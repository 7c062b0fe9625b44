/** A real registry (Debian's docker-registry) on loopback, and a client that pushes test images to any registry. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { descriptor, sha256, type TestImage } from "./busybox-image.ts";

export interface TestRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  stop(): Promise<void>;
}

export interface TestRegistryOptions {
  readonly port: number;
  /** For its files; made if it is not there, left when it stops. */
  readonly dir: string;
  /** More of its configuration: `{ http: { tls: … }, auth: … }`. Several may serve one directory. */
  readonly more?: { readonly http?: object; readonly auth?: object };
}

/** Resolves when it listens. */
export const startRegistry = async ({ port, dir, more = {} }: TestRegistryOptions): Promise<TestRegistry> => {
  const host = `127.0.0.1:${port}`;
  mkdirSync(dir, { recursive: true });
  const config = join(dir, `config-${port}.yml`);
  const storage = { filesystem: { rootdirectory: join(dir, "data") } };
  // JSON is YAML, too.
  const http = { addr: host, ...more.http };
  writeFileSync(config, JSON.stringify({ version: 0.1, log: { level: "info" }, storage, ...more, http }));
  const registry = spawn("/usr/bin/docker-registry", ["serve", config], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(registry, "close");
  let listening = false;
  let said = "";
  for await (const line of createInterface({ input: registry.stderr })) {
    listening = line.includes("listening on");
    if (listening) break;
    said = `${said}${line}\n`.slice(-2000);
  }
  if (!listening) throw new Error(`docker-registry ended before it listened on ${host}: ${said}`);
  registry.stderr.resume();
  return {
    host,
    async stop() {
      registry.kill("SIGKILL");
      await ended;
    },
  };
};

/** Over plain http: `host` is a test registry's. */
export const pushImage = async (host: string, name: string, tag: string, image: TestImage): Promise<void> => {
  const blobs = [image.config, ...image.layers.map(({ blob }) => blob)];
  for (const blob of blobs) await pushBlob(`http://${host}/v2/${name}`, blob);
  await pushManifest(host, name, tag, image);
};

/** An index under `tag` of images that are pushed by their digests. */
export const pushIndex = async (
  host: string,
  name: string,
  tag: string,
  images: readonly { readonly image: TestImage; readonly architecture: string; readonly variant?: string }[],
): Promise<Buffer> => {
  const manifests = [];
  for (const { image, architecture, variant } of images) {
    await pushImage(host, name, sha256(image.manifest), image);
    const platform = { os: "linux", architecture, ...(variant !== undefined && { variant }) };
    manifests.push({ ...descriptor(image.manifest, image.mediaType), platform });
  }
  const mediaType = "application/vnd.oci.image.index.v1+json";
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  await pushManifest(host, name, tag, { manifest, mediaType });
  return manifest;
};

const pushBlob = async (repository: string, blob: Buffer): Promise<void> => {
  const begun = await accepted(await fetch(`${repository}/blobs/uploads/`, { method: "POST" }), 202);
  const upload = new URL(begun.headers.get("location") ?? "", repository);
  upload.searchParams.set("digest", sha256(blob));
  await accepted(await fetch(upload, { method: "PUT", body: new Uint8Array(blob) }), 201);
};

const pushManifest = async (
  host: string,
  name: string,
  target: string,
  { manifest, mediaType }: Pick<TestImage, "manifest" | "mediaType">,
): Promise<void> => {
  const url = `http://${host}/v2/${name}/manifests/${target}`;
  const headers = { "content-type": mediaType };
  await accepted(await fetch(url, { method: "PUT", headers, body: new Uint8Array(manifest) }), 201);
};

const accepted = async (response: Response, status: number): Promise<Response> => {
  const body = await response.text();
  if (response.status !== status) throw new Error(`${response.url} answered ${response.status}: ${body}`);
  return response;
};
