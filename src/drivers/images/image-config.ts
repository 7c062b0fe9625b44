/** An image's config (image-spec config.md): what of it a container needs, and the layers that it promises. */
import { Failed } from "../../errors.ts";
import type { DiffId, ImageConfig } from "../../vocabulary/index.ts";
import { parseDigest } from "./digest.ts";
import { asObject, asText, asTexts, told } from "./json-object.ts";

export interface ParsedConfig {
  readonly config: ImageConfig;
  /** Bottom first. */
  readonly diffIds: readonly DiffId[];
}

/** `layers`: how many the manifest has. Throws Failed. */
export const parseImageConfig = (bytes: Buffer, layers: number): ParsedConfig => {
  const image = asObject(parseJson(bytes), "the image's config");
  const rootfs = asObject(image["rootfs"], "rootfs in the image's config");
  if (rootfs["type"] !== "layers") throw new Failed(`the image's rootfs is of the type ${told(rootfs["type"])}`);
  const diffIds = asTexts(rootfs["diff_ids"], "rootfs.diff_ids");
  if (diffIds.length !== layers) {
    throw new Failed(`the manifest has ${layers} layers, the image's config ${diffIds.length} diff_ids`);
  }
  return {
    config: containerPart(image["config"]),
    diffIds: diffIds.map((diffId) => parseDigest(diffId, "a diff_id") as string as DiffId),
  };
};

const containerPart = (value: unknown): ImageConfig => {
  const config = asObject(value ?? {}, "config.config");
  return {
    user: asText(config["User"], "User"),
    env: asTexts(config["Env"], "Env"),
    entrypoint: asTexts(config["Entrypoint"], "Entrypoint"),
    cmd: asTexts(config["Cmd"], "Cmd"),
    workingDir: asText(config["WorkingDir"], "WorkingDir"),
    stopSignal: asText(config["StopSignal"], "StopSignal"),
    volumes: Object.keys(asObject(config["Volumes"] ?? {}, "Volumes")),
    labels: Object.fromEntries(
      Object.entries(asObject(config["Labels"] ?? {}, "Labels")).map(([key, text]) => [key, asText(text, "a label")]),
    ),
  };
};

const parseJson = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw new Failed("the image's config is no JSON", error);
  }
};
