/** The files of a sandbox that its containers get to see, in `DIR/ID`, and the memory that they share. */
import { chmod, chown, mkdir, readFile, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { failedBy, Invalid, TroupeError, quoted } from "../../errors.ts";
import { shortId, type DnsConfig, type Owner, type SandboxId } from "../../vocabulary/index.ts";
import { isErrno } from "../linux/libc.ts";
import { letIn } from "../linux/let-in.ts";
import { mount, MS, unmount } from "../linux/mount.ts";
import { resolvConf } from "./resolv-conf.ts";
import type { SandboxDirectory } from "./sandbox-namespaces.ts";

export interface SandboxDirectoryOptions {
  /** Ours alone; made if it is not there. */
  readonly dir: string;
  /** The host's: /etc/resolv.conf. */
  readonly hostResolvConf: string;
}

/** What a container sees unless the kubelet mounts its own file over it. The pod's address is not known yet. */
const hosts = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
ff00::0\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

const readIfThere = async (path: string): Promise<string> =>
  readFile(path, "utf8").catch((error: unknown) => {
    if (isErrno(error, "ENOENT")) return "";
    throw error;
  });

/** Written in place: a repetition must not part containers from the file that they have mounted. */
const write = async (path: string, text: string, owner: Owner | undefined): Promise<void> => {
  await writeFile(path, text).catch((error: unknown) => {
    throw failedBy(`${path} cannot be written`, error); // the kernel's word for a write has no name in it
  });
  await chmod(path, 0o644); // whatever our umask is, every user of a container reads these
  if (owner) await chown(path, owner.uid, owner.gid);
};

/** Kibibytes: what tmpfs(5) takes without rounding anything away that a quantity can mean. */
const kibibytes = (quantity: string): number => {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)(k|[MGT]|[KMGT]i)?$/.exec(quantity) ?? [];
  const [prefix = "", binary] = unit;
  const power = ["", "K", "M", "G", "T"].indexOf(prefix.toUpperCase());
  const size = Math.ceil((Number(number) * (binary ? 1024 : 1000) ** power) / 1024);
  if (!(size > 0))
    throw new Invalid(`the pod's annotation asks for /dev/shm of ${quoted(quantity)}, which is no size like 256Mi`);
  return size;
};

const mountShm = async (path: string, size: string, { uid, gid }: Owner): Promise<void> => {
  await mkdir(path, { recursive: true });
  const [inside, outside] = await Promise.all([stat(path), stat(join(path, ".."))]);
  if (inside.dev !== outside.dev) return;
  const options = `mode=1777,size=${kibibytes(size)}k,uid=${uid},gid=${gid}`;
  mount("shm", path, "tmpfs", MS.nosuid | MS.nodev | MS.noexec, options);
};

export const sandboxDirectory = ({ dir, hostResolvConf }: SandboxDirectoryOptions): SandboxDirectory => {
  const file = (id: SandboxId, name: string): string => join(dir, id, name);

  /** As CRI-O: a DNS configuration that says nothing means the host's. */
  const dnsText = async (dns: DnsConfig | undefined): Promise<string> =>
    (dns && resolvConf(dns)) ?? (await readIfThere(hostResolvConf));

  return {
    prepare: async ({ id, hostname, dns, ownShm, shmSize = "64Mi", owner }) => {
      try {
        if (/[\s\0]/.test(hostname)) throw new Invalid(`hostname ${JSON.stringify(hostname)} has a blank in it`);
        await mkdir(join(dir, id), { recursive: true, mode: 0o700 });
        if (owner) await letIn(dir, join(dir, id), owner);
        await write(file(id, "hostname"), `${hostname}\n`, owner);
        await write(file(id, "hosts"), hosts, owner);
        await write(file(id, "resolv.conf"), await dnsText(dns), owner);
        if (ownShm) await mountShm(file(id, "shm"), shmSize, owner ?? { uid: 0, gid: 0 });
      } catch (error) {
        if (error instanceof TroupeError) throw error;
        throw failedBy(`cannot write the files of sandbox ${shortId(id)}`, error);
      }
    },

    remove: async (id) => {
      try {
        unmount(file(id, "shm"), { detach: true });
        // Drops the copies in other mount namespaces, and proves that nothing of the pod's memory is deleted as a file.
        await rmdir(file(id, "shm")).catch((error: unknown) => {
          if (!isErrno(error, "ENOENT")) throw error;
        });
        await rm(join(dir, id), { recursive: true, force: true });
      } catch (error) {
        throw failedBy(`cannot remove the files of sandbox ${shortId(id)}`, error);
      }
    },

    paths: (id, ownShm) => ({
      hostname: file(id, "hostname"),
      resolvConf: file(id, "resolv.conf"),
      hosts: file(id, "hosts"),
      shm: ownShm ? file(id, "shm") : "/dev/shm",
    }),
  };
};
