/**
 * The AppArmor profile that RuntimeDefault means: everything that a container's capabilities and namespaces leave to it, but for
 * what reaches around them to the host's kernel, and signals and traces between it and others.
 */

export interface ProfileOptions {
  readonly name: string;
  /** What confines this daemon itself, as /proc/self/attr/current says it: `unconfined`, `troupe (enforce)`. */
  readonly daemon: string;
  /** Pins the rules' meaning, where the host has it: a newer kernel mediates more, and would deny what no rule names. */
  readonly abi: boolean;
}

/** Ubuntu has profiles of these names for the OCI runtimes: a signal that one of them sends is not unconfined's. */
const senders = ["unconfined", "crun", "runc", "troupe"];

/** In the words of apparmor_parser(8). */
export const profileText = ({ name, daemon, abi }: ProfileOptions): string => {
  const ours = daemon.replace(/ \([a-z]+\)$/, "");
  const peers = [...new Set([...senders, ours])];
  return `${abi ? "abi <abi/3.0>,\n" : ""}
profile ${quoted(name)} flags=(attach_disconnected,mediate_deleted) {
  network,
  capability,
  file,
  umount,

${peers.map((peer) => `  signal (receive) peer=${quoted(peer)},`).join("\n")}
  signal (send, receive) peer=${quoted(name)},
  ptrace (trace, read, tracedby, readby) peer=${quoted(name)},
${peers.map((peer) => `  ptrace (readby, tracedby) peer=${quoted(peer)},`).join("\n")}

  deny mount,

  # Of /proc only the processes' own directories: s… is left to self and sys, t… to thread-self.
  deny /proc/* w,
  deny /proc/[^0-9st]*/** w,
  deny /proc/s[^ey]*/** w,
  deny /proc/t[^h]*/** w,
  deny /proc/sys/[^k]** w,
  deny /proc/sys/k[^e]** w,
  deny /proc/sys/kernel/[^s]** w,
  deny /proc/sys/kernel/s[^h]** w,
  deny /proc/sys/kernel/sh[^m]** w,
  deny /proc/sysrq-trigger rwklx,
  deny /proc/kcore rwklx,

  # Of /sys only the cgroups.
  deny /sys/[^f]*/** wklx,
  deny /sys/f[^s]*/** wklx,
  deny /sys/fs/[^c]*/** wklx,
  deny /sys/fs/c[^g]*/** wklx,
  deny /sys/fs/cg[^r]*/** wklx,
  deny /sys/firmware/** rwklx,
  deny /sys/devices/virtual/powercap/** rwklx,
  deny /sys/kernel/security/** rwklx,
}
`;
};

const quoted = (name: string): string => `"${name.replaceAll('"', "")}"`;
