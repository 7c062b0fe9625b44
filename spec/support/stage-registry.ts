/** Repositories of a fake registry, each with one image under any tag, whose blobs may come otherwise than promised. */
import type { ServerResponse } from "node:http";
import { FakeRegistry } from "../drivers/images/fake-registry.ts";
import { sha256, type TestImage } from "./busybox-image.ts";

export interface Staged {
  readonly image: TestImage;
  /** Answers a request for a layer in place of the registry. */
  readonly layer?: (response: ServerResponse, blob: Buffer) => void;
  /** What comes for the manifest, in place of the image's. */
  readonly manifest?: Buffer;
}

const missing = (response: ServerResponse, code: string, message: string): void => {
  response.writeHead(404, { "content-type": "application/json" });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
};

/** Serves `repositories`, which may change meanwhile, by their names. */
export const stageRegistry = (repositories: ReadonlyMap<string, Staged>): Promise<FakeRegistry> =>
  FakeRegistry.start(({ path }, response) => {
    const [, name = "", kind, target = ""] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(path) ?? [];
    const staged = repositories.get(name);
    if (!staged) return missing(response, "NAME_UNKNOWN", "repository name not known to registry");
    const { image } = staged;
    if (kind === "manifests") {
      response.setHeader("content-type", image.mediaType);
      return void response.end(staged.manifest ?? image.manifest);
    }
    const layer = image.layers.find(({ blob }) => sha256(blob) === target);
    if (layer) return staged.layer ? staged.layer(response, layer.blob) : void response.end(layer.blob);
    if (sha256(image.config) === target) return void response.end(image.config);
    missing(response, "BLOB_UNKNOWN", "blob unknown to registry");
  });
