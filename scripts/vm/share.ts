/** A directory of this host shown to a test machine by virtiofs, which needs neither a network nor KVM. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

export interface Share {
  /** Absolute, not below /run; shown at the same path. */
  readonly directory: string;
  readonly writable: boolean;
}

/**
 * Read-only is what the host sees to, by a mount that only this server sees; another one hides the pid files that it leaves in
 * /run. The limit of 0 means as it is: to raise it would take CAP_SYS_RESOURCE. What the guest has read once it keeps: else
 * each start of Node reads its 150 MB again, and takes ten times as long. The server ends with its machine, and with us.
 */
const server = `
[ "$2" = rw ] || mount -o bind,ro "$1" "$1"
mount -t tmpfs tmpfs /run
exec /usr/lib/qemu/virtiofsd -f --socket-path="$3" -o source="$1" -o cache=always --rlimit-nofile=0`;

/** Resolves when the server listens at `socket`. */
export const serveShare = ({ directory, writable }: Share, socket: string): Promise<ChildProcess> =>
  new Promise((resolve, reject) => {
    const words = ["unshare", "-m", "sh", "-ec", server, "sh", directory, writable ? "rw" : "ro", socket];
    const child = spawn("setpriv", ["--pdeathsig", "KILL", ...words], {
      stdio: ["ignore", "ignore", "pipe"],
      detached: true,
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-2000);
      // The socket's file is there before anyone listens: its own word is what counts.
      if (said.includes("Waiting for vhost-user socket connection")) resolve(child);
    });
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`${directory} cannot be shared with the machine: ${said}`)));
  });

/** Resolves when it has ended, which it may have by itself. */
export const stopServing = async (server: ChildProcess): Promise<void> => {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill("SIGKILL");
  await once(server, "exit");
};
