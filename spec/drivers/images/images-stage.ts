/** The real image driver against a real registry, in a test node. */
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { keyring } from "../../../src/drivers/images/access/keyring.ts";
import { registryAccess } from "../../../src/drivers/images/access/registry-access.ts";
import { registryClients } from "../../../src/drivers/images/access/registry-clients.ts";
import { configuredRegistries } from "../../../src/drivers/images/registries.ts";
import { imagesDriver, type RealImages } from "../../../src/drivers/images/images-driver.ts";
import type { ImageRecords } from "../../../src/drivers/images/image-record.ts";
import type { Images } from "../../../src/drivers/images/images.ts";
import { gatekeeper } from "../../../src/drivers/images/trust/gatekeeper.ts";
import { testImage } from "../../support/busybox-image.ts";
import { pushImage, startRegistry } from "../../support/registry.ts";
import { tar } from "../../support/tar.ts";
import type { ImagesStage } from "./images.contract.ts";

/** Records in memory, which outlive the driver. */
export class MemoryRecords implements ImageRecords {
  readonly rows = new Map<string, string>();

  all(): Promise<{ key: string; json: string }[]> {
    return Promise.resolve([...this.rows].map(([key, json]) => ({ key, json })));
  }

  async commit(changes: readonly { readonly key: string; readonly json: string | null }[]): Promise<void> {
    await Promise.resolve();
    for (const { key, json } of changes) {
      if (json === null) this.rows.delete(key);
      else this.rows.set(key, json);
    }
  }
}

export interface RealStage extends ImagesStage {
  /** The image store. */
  readonly directory: string;
  readonly records: MemoryRecords;
  readonly warnings: string[];
  restart(bootId?: string): Promise<Images>;
  /** Names under `layers`, `tmp` and `trash`, and of blobs. */
  files(): readonly string[];
}

export interface DriverStage {
  /** Configuration files, which need not be there, and `store`. */
  readonly place: string;
  readonly records: ImageRecords;
  /** Registries without TLS. */
  readonly insecure: readonly string[];
  readonly warn: (text: string) => void;
  readonly bootId?: string;
}

/** The real driver, which knows nothing of this host's own configuration. */
export const driverIn = ({ place, records, insecure, warn, bootId = "this boot" }: DriverStage): RealImages =>
  imagesDriver({
    directory: join(place, "store"),
    records,
    registries: configuredRegistries({
      file: join(place, "registries.conf"),
      aliasesFile: join(place, "short-name-aliases.conf"),
      insecure,
      warn,
    }),
    access: registryAccess(
      keyring({ authFile: join(place, "auth.json"), env: {}, home: place, uid: 0, helperWithinMs: 5000 }),
      registryClients({ certificatePlaces: [join(place, "certs.d")], rootFiles: [], proxyFor: () => undefined }),
    ),
    gatekeeper: gatekeeper({
      registriesDirectory: join(place, "registries.d"),
      get file() {
        const policy = join(place, "policy.json");
        return existsSync(policy) ? policy : undefined;
      },
    }),
    pinned: ["*/pinned:*"],
    bootId,
    now: () => String(BigInt(Date.now()) * 1_000_000n),
    randomId: randomUUID,
    warn,
    arch: process.arch,
  });

export const realStage = async (port: number): Promise<RealStage> => {
  const place = mkdtempSync("/var/lib/troupe/images-");
  const registry = await startRegistry({ port, dir: join(place, "registry") });
  const directory = join(place, "store");
  const records = new MemoryRecords();
  const warnings: string[] = [];
  const warn = (text: string): void => void warnings.push(text);
  const make = (bootId: string): RealImages => driverIn({ place, records, insecure: [registry.host], warn, bootId });
  let images = make("this boot");
  await images.open();
  return {
    images,
    host: registry.host,
    directory,
    records,
    warnings,
    async publish(reference, layers, command) {
      const [name = "", tag = ""] = reference.slice(registry.host.length + 1).split(":");
      const image = testImage(
        layers.map((layer) => tar([{ name: layer, content: layer }])),
        { Cmd: [command] },
      );
      await pushImage(registry.host, name, tag, image);
    },
    async restart(bootId = "this boot") {
      images = make(bootId);
      await images.open();
      return images;
    },
    settled: () => images.settled(),
    isThere: existsSync,
    files: () =>
      ["layers", "tmp", "trash", "blobs/sha256"].flatMap((name) =>
        readdirSync(join(directory, name)).map((file) => `${name}/${file}`),
      ),
    async stop() {
      await images.close();
      await registry.stop();
      rmSync(place, { recursive: true });
    },
  };
};
