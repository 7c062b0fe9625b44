/**
 * Pod networks by CNI plugins.
 *
 *   attach: note down what will be used → ADD … ADD → note down the result
 *   detach: DEL … DEL by those notes → delete them
 *
 * A file in the cache is there exactly while something may be attached; that a daemon died in between changes nothing.
 */
import { Failed, Unavailable } from "../../errors.ts";
import type { Answers } from "../linux/answers.ts";
import { shortId, type SandboxId } from "../../vocabulary/index.ts";
import type { Timers } from "./bounded.ts";
import { attachmentCache, type Attachment, type CacheFile } from "./attachment-cache.ts";
import { capabilityArgs } from "./capabilities.ts";
import { addChain, delChain, ifName, unknownAttachment } from "./chain.ts";
import { cniArgs } from "./cni-args.ts";
import type { Conflist } from "./conflist.ts";
import { sweepMasquerade } from "./masquerade.ts";
import { networkInForce } from "./network-in-force.ts";
import type { Attached, Network, TellPlugin } from "./network.ts";
import { settlePlugins } from "./plugins-in-flight.ts";
import { podIps } from "./result.ts";

export interface CniNetworkOptions {
  /** /etc/cni/net.d; it may come later. */
  readonly confDir: string;
  /** Where plugins are looked for, the first one wins: /opt/cni/bin, /usr/lib/cni, /usr/libexec/cni. */
  readonly pluginDirs: readonly string[];
  /** libcni's: /var/lib/cni. */
  readonly cacheDir: string;
  /** Name of the network to use; absent: the first usable one. */
  readonly defaultNetwork?: string | undefined;
  /** PATH of the plugins, which look for iptables there. */
  readonly searchPath?: string;
  /** What plugins said since the last boot; absent: they are asked. */
  readonly answers?: Answers;
  readonly timers?: Timers;
}

const standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const attached = ({ conflist, result }: Attachment): Attached | undefined => {
  const ips = result === undefined ? [] : podIps(result, ifName);
  return ips.length > 0 ? { ips, networkName: conflist.name } : undefined;
};

export const cniNetwork = ({
  cacheDir,
  searchPath = standardPath,
  timers = globalThis,
  ...options
}: CniNetworkOptions): Network => {
  const places = { pluginDirs: options.pluginDirs, searchPath };
  const inForce = networkInForce({ ...options, searchPath, timers });
  const cache = attachmentCache(cacheDir, ifName);

  /** The network for a new pod. Before it is refused, the directory is looked at once more. */
  const networkForPod = async (): Promise<Conflist> => {
    const readiness = inForce.readiness().ready ? inForce.readiness() : await inForce.reload();
    const conflist = inForce.current();
    if (readiness.ready && conflist) return conflist;
    throw new Unavailable(`no pod network: ${readiness.ready ? "it has just gone" : readiness.reason}`);
  };

  /** Whose DEL was cut short, by us or by anyone, or may have been. */
  const doubtful = new Set<SandboxId>();

  /** DEL of what one cache file tells; without one, or where it cannot be read, of what today's network would have added. */
  const undo = async (
    id: SandboxId,
    file: CacheFile | undefined,
    netns: string,
    signal: AbortSignal,
    tell?: TellPlugin,
  ): Promise<void> => {
    const conflist = inForce.current();
    const owed = file?.attachment ?? (conflist && unknownAttachment(id, conflist, netns));
    if (owed) {
      await delChain(places, { ...owed, netns }, signal, tell);
      if (doubtful.has(id)) await sweepMasquerade(owed.conflist, id, searchPath, signal);
    }
    if (!owed && file)
      throw new Unavailable(
        `cannot detach sandbox ${shortId(id)}: ${file.path} is unreadable, and there is no CNI network`,
      );
    if (file) await cache.delete(file);
  };

  return {
    watch: inForce.watch,
    readiness: inForce.readiness,
    close: inForce.close,
    settle: (id, boundMs) => {
      doubtful.add(id);
      return settlePlugins(id, boundMs);
    },

    attach: async (request, signal, tell) => {
      signal.throwIfAborted();
      const conflist = await networkForPod();
      const attachment: Attachment = {
        id: request.id,
        conflist,
        netns: request.netns,
        cniArgs: cniArgs(request),
        capabilityArgs: capabilityArgs(conflist, request),
      };
      await cache.write(attachment);
      const result = await addChain(places, attachment, signal, tell).catch((error: unknown) => {
        doubtful.add(request.id);
        throw error;
      });
      const whole = { ...attachment, result };
      await cache.write(whole);
      const answer = attached(whole);
      if (!answer) throw new Failed(`CNI network "${conflist.name}" gave sandbox ${shortId(request.id)} no address`);
      return answer;
    },

    detach: async (id, netns, signal, tell) => {
      try {
        const files = await cache.find(id);
        if (files.length === 0) await undo(id, undefined, netns, signal, tell);
        for (const file of files) await undo(id, file, netns, signal, tell);
        await cache.tidy(id);
        doubtful.delete(id);
      } catch (error) {
        doubtful.add(id);
        throw error;
      }
    },

    cached: async (id) => {
      const files = await cache.find(id);
      return files.map(({ attachment }) => attachment && attached(attachment)).find((found) => found !== undefined);
    },
  };
};
