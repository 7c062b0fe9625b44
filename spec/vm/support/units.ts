/** The units that Troupe ships, installed on this machine as they are; only what they start is this repository's, in places of its own. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const installed = "/etc/systemd/system";
export const units = ["troupe-monitor.service", "troupe.service"] as const;
export type Unit = (typeof units)[number];

export const systemctl = (...words: readonly string[]): string =>
  execFileSync("systemctl", words, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();

/** Of a unit: `MainPID`, `ActiveState` … */
export const propertyOf = (unit: Unit, name: string): string => systemctl("show", "--value", "-p", name, unit);

export const installUnits = (config: string, runDir: string): void => {
  const commands: Record<Unit, string> = {
    "troupe-monitor.service": `monitor --stay --run-dir ${runDir}`,
    "troupe.service": `serve --await-monitor --config ${config}`,
  };
  for (const unit of units) {
    copyFileSync(join(repository, "systemd", unit), join(installed, unit));
    mkdirSync(join(installed, `${unit}.d`));
    const start = `[Service]\nExecStart=\nExecStart=${join(repository, "bin/troupe")} ${commands[unit]}\n`;
    // An emulated machine is slower than any node.
    writeFileSync(join(installed, `${unit}.d`, "here.conf"), `${start}TimeoutStartSec=10min\n`);
  }
  systemctl("daemon-reload");
};

/** Stops them too. */
export const removeUnits = (): void => {
  systemctl("stop", ...units.toReversed());
  for (const unit of units) {
    rmSync(join(installed, unit), { force: true });
    rmSync(join(installed, `${unit}.d`), { recursive: true, force: true });
  }
  systemctl("daemon-reload");
};
