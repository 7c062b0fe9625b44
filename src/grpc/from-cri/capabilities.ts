/** Names of capabilities, in one form: capital letters, no CAP_. */
import { Invalid } from "../../errors.ts";
import { quoted } from "./field.ts";

// capabilities(7), in the kernel's order.
const known: ReadonlySet<string> = new Set(
  (
    "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE " +
    "NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN " +
    "SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE " +
    "MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE ALL"
  ).split(" "),
);

/** Throws Invalid for a name that Linux does not have. */
export const capabilities = (field: string, names: readonly string[]): readonly string[] =>
  names.map((name, n) => {
    const plain = name.toUpperCase().replace(/^CAP_/, "");
    if (!known.has(plain)) throw new Invalid(`${field}[${n}] is ${quoted(name)}, which is no capability`);
    return plain;
  });
