/** Where metrics are served, as the settings have it at the moment: nowhere, or at an address that may change. */
import type { Registry } from "prom-client";
import { toFailure } from "../errors.ts";
import { serveMetrics, type MetricsServer } from "../grpc/metrics-server.ts";
import type { Settings } from "../settings.ts";
import type { LogLevel } from "../vocabulary/index.ts";

export type Address = NonNullable<Settings["metrics"]>;

const nameOf = ({ host, port }: Address): string => `${host}:${port}`;

export class MetricsPort {
  readonly #registry: Registry;
  readonly #say: (level: LogLevel, text: string) => void;
  #open: { readonly at: string; readonly server: MetricsServer } | undefined;
  /** Changes of address wait for one another. */
  #last: Promise<void> = Promise.resolve();

  constructor(registry: Registry, say: (level: LogLevel, text: string) => void) {
    this.#registry = registry;
    this.#say = say;
  }

  /** Undefined: nowhere. Rejects where it cannot listen; then all is as before. */
  serveAt(address: Address | undefined): Promise<void> {
    const next = this.#last.then(() => this.#move(address));
    this.#last = next.catch(() => undefined);
    return next;
  }

  /** As `serveAt`; what goes wrong is said, for nobody waits. */
  follow(address: Address | undefined): void {
    this.serveAt(address).catch((error: unknown) =>
      this.#say(
        "error",
        `metrics cannot be served at ${address ? nameOf(address) : "no address"}, it is as before: ${toFailure(error).text}`,
      ),
    );
  }

  async #move(address: Address | undefined): Promise<void> {
    const before = this.#open;
    const at = address && nameOf(address);
    if (at === before?.at) return;
    this.#open =
      address && at !== undefined
        ? { at, server: await serveMetrics({ registry: this.#registry, address: address.host, port: address.port }) }
        : undefined;
    await before?.server.close();
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#open?.server.close();
    this.#open = undefined;
  }
}
