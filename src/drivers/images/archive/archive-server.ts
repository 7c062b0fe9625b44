/**
 * An archive as a registry for one client: the half of the distribution protocol that a pull needs, on the loopback, for who has
 * the secret. So the daemon loads an image by the very pull that it makes of any other, and never opens a file of strangers.
 */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";
import { parseDigest } from "../digest.ts";
import type { ArchivedFile } from "./archive-files.ts";
import type { ArchivedImage, ImageArchive } from "./archived-images.ts";

export interface ArchiveServer {
  readonly port: number;
  /** Basic auth's password, for any user. */
  readonly secret: string;
  close(): void;
}

/** `named`: `docker.io/library/busybox:latest` → what that is. */
export const serveArchive = async (
  archive: Pick<ImageArchive, "blob">,
  named: ReadonlyMap<string, ArchivedImage["manifest"]>,
): Promise<ArchiveServer> => {
  const secret = randomBytes(32).toString("hex");
  const manifests = new Map([...named.values()].map((manifest) => [manifest.digest as string, manifest]));

  const manifestAt = async (repository: string, target: string) => {
    const known = named.get(`${repository}:${target}`) ?? manifests.get(target);
    if (known || !target.includes(":")) return known;
    // An index leads to others: which type one is of the index has said.
    const file = await archive.blob(parseDigest(target, "a manifest's digest"));
    return file && { digest: target, mediaType: "", bytes: await file.read() };
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (passwordOf(request) !== secret) return refuse(response, 401, { "www-authenticate": "Basic" });
    const [, repository = "", kind, target = ""] =
      /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(request.url ?? "") ?? [];
    if (request.url === "/v2/") return void response.end();
    if (kind === "manifests") {
      const manifest = await manifestAt(repository, target);
      if (!manifest) return refuse(response, 404);
      const type = manifest.mediaType === "" ? {} : { "content-type": manifest.mediaType };
      return void response.writeHead(200, { ...type, "docker-content-digest": manifest.digest }).end(manifest.bytes);
    }
    const file = kind === "blobs" ? await archive.blob(parseDigest(target, "a blob's digest")) : undefined;
    if (!file) return refuse(response, 404);
    send(file, request, response);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    secret,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
};

const send = (file: ArchivedFile, { headers }: IncomingMessage, response: ServerResponse): void => {
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
  if (from > file.size) return refuse(response, 416);
  const range = { "content-range": `bytes ${from}-${file.size - 1}/${file.size}` };
  response.writeHead(from > 0 ? 206 : 200, { "content-length": file.size - from, ...(from > 0 && range) });
  if (from === file.size) return void response.end();
  pipeline(file.stream(from), response, () => {}); // who has left needs no more
};

const refuse = (response: ServerResponse, status: number, headers = {}): void =>
  void response.writeHead(status, headers).end();

const passwordOf = ({ headers }: IncomingMessage): string =>
  Buffer.from((headers.authorization ?? "").replace(/^Basic /, ""), "base64")
    .toString()
    .replace(/^[^:]*:/, "");
