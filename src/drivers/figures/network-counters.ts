/**
 * The counters of a network namespace's interfaces, from /proc/net/dev: it is answered without the kernel's network lock, on which
 * netlink waits while some other pod's network is taken down.
 *
 * The file belongs to the namespace in which it was opened, whoever reads it later and from where: so the thread goes in for
 * open(2) alone. Open, it keeps the namespace alive: it must be closed before the pod's network is given up.
 */
import { openSync } from "node:fs";
import type { InterfaceFigures, NetworkFigures, WallNs } from "../../vocabulary/index.ts";
import { inNamespace, isNamespace } from "../linux/namespaces.ts";
import { KeptFiles, type DescriptorBudget } from "./kept-files.ts";

export class NetworkCounters {
  readonly #pin: string;
  readonly #files: KeptFiles;

  constructor(pin: string, budget: DescriptorBudget) {
    this.#pin = pin;
    this.#files = new KeptFiles(budget);
  }

  /** Absent: the pin is gone, or what is there is no namespace any more. */
  read(atNs: WallNs): NetworkFigures | undefined {
    if (!isNamespace(this.#pin)) return undefined;
    const text = this.#files.read("/proc/thread-self/net/dev", (path) =>
      inNamespace("net", this.#pin, () => openSync(path, "r")),
    );
    return text === undefined ? undefined : { atNs, interfaces: parseCounters(text) };
  }

  close(): void {
    this.#files.close();
  }
}

/** Two lines of heads, then `  eth0: BYTES PACKETS ERRORS DROPPED …`, eight columns of what came and eight of what went. */
export const parseCounters = (text: string): readonly InterfaceFigures[] =>
  text.split("\n").flatMap((line) => {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).trim();
    if (colon < 0 || name === "lo") return [];
    const columns = line
      .slice(colon + 1)
      .trim()
      .split(/ +/)
      .map(Number);
    const traffic = (first: number) => {
      const [bytes = 0, packets = 0, errors = 0, dropped = 0] = columns.slice(first, first + 4);
      return { bytes, packets, errors, dropped };
    };
    return [{ name, received: traffic(0), sent: traffic(8) }];
  });
