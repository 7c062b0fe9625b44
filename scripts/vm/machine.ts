/**
 * A throw-away Linux for what the host cannot show: cgroup v2 alone, systemd as PID 1, AppArmor, every capability, and the
 * kernel of a Debian 12. It boots, runs one command as root in a systemd service, and is gone with all that it wrote. A command
 * may reboot it, once: it is run again then.
 *
 * QEMU in software emulation, some 10 times slower than the host; TROUPE_VM_ACCEL=kvm where /dev/kvm works.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { Image } from "./image.ts";
import { serveShare, stopServing, type Share } from "./share.ts";

export interface Job {
  /** A shell's words: `cd /work && exec node x.ts`. */
  readonly command: string;
  readonly shares: readonly Share[];
  /** Boot included. */
  readonly limitMs: number;
  readonly memoryMiB?: number;
  readonly cpus?: number;
  /** Ends the machine at once. */
  readonly signal: AbortSignal;
  /** What the command prints, both streams, as it comes. */
  readonly output: (chunk: Buffer) => void;
}

const kernelWords = [
  "console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable no_timer_check random.trust_cpu=on",
  "systemd.unit=job.service systemd.show_status=0",
].join(" ");

const accelerator = process.env["TROUPE_VM_ACCEL"] ?? "tcg";

const argumentsOf = (image: Image, job: Job, place: string, tags: readonly string[]): string[] => {
  const memory = `${job.memoryMiB ?? 2048}M`;
  return [
    ...["-nodefaults", "-no-user-config", "-display", "none"],
    ...["-accel", accelerator, "-cpu", accelerator === "kvm" ? "host" : "max"],
    ...["-smp", String(job.cpus ?? 2), "-m", memory],
    // virtiofs servers read and write the guest's memory: it has to be one that can be shared.
    ...["-machine", "pc,memory-backend=ram", "-object", `memory-backend-memfd,id=ram,size=${memory},share=on`],
    ...["-kernel", image.kernel, "-initrd", image.initrd, "-append", kernelWords],
    ...["-drive", `if=virtio,format=raw,snapshot=on,file=${image.disk}`],
    ...["-serial", `file:${join(place, "console")}`],
    ...["-device", "virtio-serial", "-chardev", "socket,id=output,fd=3"],
    ...["-device", "virtserialport,nr=1,chardev=output"],
    ...tags.flatMap((tag) => [
      ...["-chardev", `socket,id=${tag},path=${socketIn(place, tag)}`],
      ...["-device", `vhost-user-fs-pci,chardev=${tag},tag=${tag}`],
    ]),
  ];
};

const socketIn = (place: string, tag: string): string => join(place, `${tag}.socket`);

const tailOf = (file: string): string =>
  existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(-30).join("\n") : "";

/** A word for a shell. */
export const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/**
 * Runs the job in a machine of its own; resolves with the command's status. Rejects, with the console's end, when none came;
 * with the signal's reason when that ended it. Nothing is left in any case.
 */
export const runInMachine = async (image: Image, job: Job): Promise<number> => {
  const place = mkdtempSync("/tmp/troupe-vm-");
  const logFile = join(place, "log");
  const log = openSync(logFile, "a");
  const orders = join(place, "job");
  const shares = [{ directory: orders, writable: true }, ...job.shares];
  const tags = shares.map((_, index) => (index === 0 ? "job" : `share${index}`));
  const lines = job.shares.map(
    ({ directory, writable }, index) => `${tags[index + 1]} ${writable ? "rw" : "ro"} ${directory}\n`,
  );
  const servers: ChildProcess[] = [];
  try {
    mkdirSync(orders);
    writeFileSync(join(orders, "shares"), lines.join(""));
    writeFileSync(join(orders, "command"), job.command);
    for (const [index, share] of shares.entries()) servers.push(await serveShare(share, socketIn(place, tags[index]!)));

    const words = ["--pdeathsig", "KILL", "qemu-system-x86_64", ...argumentsOf(image, job, place, tags)];
    job.signal.throwIfAborted();
    const machine = spawn("setpriv", words, {
      stdio: ["ignore", log, log, "pipe"],
      timeout: job.limitMs,
      killSignal: "SIGKILL",
      detached: true, // Ctrl-C is for us to hear first
    });
    const end = (): void => void machine.kill("SIGKILL");
    job.signal.addEventListener("abort", end);
    (machine.stdio[3] as Readable).on("data", job.output);
    await once(machine, "close");
    job.signal.removeEventListener("abort", end);
    job.signal.throwIfAborted();
    const status = join(orders, "status");
    if (existsSync(status)) return Number(readFileSync(status, "utf8"));
    const how =
      machine.signalCode === "SIGKILL" ? `it was still running after ${job.limitMs / 1000} s` : "it ended early";
    throw new Error(`the machine told no status: ${how}\n${tailOf(logFile)}${tailOf(join(place, "console"))}`);
  } finally {
    for (const server of servers) await stopServing(server);
    closeSync(log);
    rmSync(place, { recursive: true, force: true });
  }
};
