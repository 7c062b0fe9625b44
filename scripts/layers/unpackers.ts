/** Three ways from a stack of layers to what a container sees: Troupe's with overlay, umoci's, GNU tar's. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unpackLayer } from "../../src/drivers/images/unpack-layer.ts";
import { mountOverlay, overlayApi } from "../../src/drivers/linux/overlay.ts";
import { unmount } from "../../src/drivers/linux/mount.ts";
import { archiveOf, type Stack } from "./entry.ts";
import { treeOf, type Tree } from "./tree.ts";

/** What became of the stack, or why it was refused. */
export type Unpacked = { readonly tree: Tree } | { readonly refused: string };

const sha256 = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("hex");
const generous = { bytes: 1e9, inodes: 10_000 };

/** `directory` is empty, and is so again afterwards. */
const within = async (directory: string, work: () => Promise<Unpacked>): Promise<Unpacked> => {
  mkdirSync(directory);
  try {
    return await work();
  } finally {
    rmSync(directory, { recursive: true });
  }
};

/** As the unpack worker goes about it, with the layers below known to each; with the umask 0, as it has it. */
export const byTroupe = (stack: Stack, directory: string): Promise<Unpacked> =>
  within(directory, async () => {
    let lowers: readonly string[] = [];
    for (const [index, layer] of stack.entries()) {
      const [archive, blob, to] = [
        archiveOf(layer),
        join(directory, `blob-${index}`),
        join(directory, `layer-${index}`),
      ];
      writeFileSync(blob, archive);
      try {
        const written = await unpackLayer(
          { diffId: `sha256:${sha256(archive)}`, blob, directory: to },
          lowers,
          generous,
        );
        lowers = written.opaqueRoot ? [to] : [to, ...lowers];
      } catch (error) {
        return { refused: error instanceof Error ? error.message : String(error) };
      }
    }
    return { tree: merged(lowers, directory) };
  });

/** Read-only, so that the root too is the topmost layer's; that takes at least two layers, and the last may be empty. */
const merged = (lowers: readonly string[], directory: string): Tree => {
  const [target, empty] = [join(directory, "merged"), join(directory, "empty")];
  for (const place of [target, empty]) mkdirSync(place);
  mountOverlay(target, { lower: [...lowers, empty] }, overlayApi());
  try {
    return treeOf(target);
  } finally {
    unmount(target, { detach: false });
  }
};

/** `umoci raw unpack` of an OCI layout with this one image. */
export const byUmoci = (stack: Stack, directory: string): Promise<Unpacked> =>
  within(directory, async () => {
    const archives = forUmoci(stack).map(archiveOf);
    writeLayout(join(directory, "layout"), archives);
    const rootfs = join(directory, "rootfs");
    const image = `${join(directory, "layout")}:latest`;
    const run = spawnSync("sh", ["-c", 'umask 022; exec umoci raw unpack --image "$1" "$2"', "sh", image, rootfs], {
      encoding: "utf8",
    });
    if (run.error) throw run.error;
    return run.status === 0 ? { tree: treeOf(rootfs) } : { refused: run.stderr.trim() };
  });

/**
 * What umoci 0.4 refuses at once, whatever it means, is told to it in other words: two type bytes for files that it does not know
 * (Go's archive/tar reads them; GNU's sparse form has its own spec), and `user.*` where the kernel takes none.
 */
const forUmoci = (stack: Stack): Stack =>
  stack.map((layer) =>
    layer.map((entry) => {
      const { sparse, type, xattrs = {} } = entry;
      const takesAny = ["0", "5", "7"].includes(type);
      const kept = Object.entries(xattrs).filter(([name]) => takesAny || !name.startsWith("user."));
      return {
        ...entry,
        type: type === "7" ? "0" : type,
        xattrs: Object.fromEntries(kept),
        ...(sparse?.form === "gnu" && { sparse: { ...sparse, form: "1.0" } as const }),
      };
    }),
  );

const writeLayout = (layout: string, archives: readonly Buffer[]): void => {
  const blobs = join(layout, "blobs/sha256");
  mkdirSync(blobs, { recursive: true });
  const blob = (mediaType: string, bytes: Buffer) => {
    writeFileSync(join(blobs, sha256(bytes)), bytes);
    return {
      mediaType: `application/vnd.oci.image.${mediaType}`,
      digest: `sha256:${sha256(bytes)}`,
      size: bytes.length,
    };
  };
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  const layers = archives.map((archive) => blob("layer.v1.tar", archive));
  const rootfs = { type: "layers", diff_ids: layers.map(({ digest }) => digest) };
  const config = blob("config.v1+json", json({ architecture: "amd64", os: "linux", config: {}, rootfs }));
  const manifest = blob("manifest.v1+json", json({ schemaVersion: 2, config, layers }));
  const named = { ...manifest, annotations: { "org.opencontainers.image.ref.name": "latest" } };
  writeFileSync(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  writeFileSync(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [named] }));
};

export const hasUmoci = (): boolean => spawnSync("umoci", ["--version"]).status === 0;

/** A third opinion, for people: each layer's whiteouts by hand, then its entries by GNU tar, into one directory. */
export const byTar = (stack: Stack, directory: string): Unpacked => {
  mkdirSync(directory);
  try {
    for (const layer of stack) {
      for (const { name } of layer) hide(directory, name);
      const options = ["--numeric-owner", "--xattrs", "--xattrs-include=*", "--exclude=.wh.*"];
      const run = spawnSync("tar", ["-C", directory, "-xpf", "-", ...options], {
        input: archiveOf(layer),
        encoding: "utf8",
      });
      if (run.status !== 0) return { refused: run.stderr.trim() };
    }
    return { tree: treeOf(directory) };
  } finally {
    rmSync(directory, { recursive: true });
  }
};

/** Names are taken as UTF-8 here, as far as they are. */
const hide = (directory: string, name: string): void => {
  const marker = /^(.*?)\.wh\.([^/]+)$/s.exec(name);
  if (!marker) return;
  const [, above = "", hidden = ""] = marker;
  const parent = join(directory, above);
  const gone = hidden === ".wh..opq" ? (existsSync(parent) ? readdirSync(parent) : []) : [hidden];
  for (const one of gone) rmSync(join(parent, one), { recursive: true, force: true });
};
