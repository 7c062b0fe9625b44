/** Images, and the file system that holds them, as the kubelet hears of them. */
import type { ImageFsUsage } from "../../supervisors/runtime.ts";
import type { Image } from "../../vocabulary/index.ts";
import type { Draft } from "../draft.ts";
import type { FilesystemUsage, Image as CriImage } from "../messages/image.ts";

export const image = (each: Image): Draft<CriImage> => ({
  id: each.id,
  repo_tags: each.repoTags,
  repo_digests: each.repoDigests,
  size: String(each.sizeBytes),
  ...user(each.config.user),
  spec: { image: each.id },
  pinned: each.pinned,
});

/** The user part of `user[:group]`: a number or a name. Neither means root. */
const user = (configured: string): Pick<Draft<CriImage>, "uid" | "username"> => {
  const [name = ""] = configured.split(":");
  return /^\d+$/.test(name) ? { uid: { value: name } } : { username: name };
};

/** What `crictl inspecti` shows besides the status. */
export const imageInfo = (each: Image): Readonly<Record<string, string>> => ({
  info: JSON.stringify({
    diffIds: each.diffIds,
    imageSpec: {
      config: {
        User: each.config.user,
        Env: each.config.env,
        Entrypoint: each.config.entrypoint,
        Cmd: each.config.cmd,
        WorkingDir: each.config.workingDir,
        StopSignal: each.config.stopSignal,
        Volumes: Object.fromEntries(each.config.volumes.map((path) => [path, {}])),
        Labels: each.config.labels,
      },
    },
  }),
});

export const filesystem = (usage: ImageFsUsage): Draft<FilesystemUsage> => ({
  timestamp: usage.atNs,
  fs_id: { mountpoint: usage.mountpoint },
  used_bytes: { value: String(usage.usedBytes) },
  inodes_used: { value: String(usage.inodesUsed) },
});
