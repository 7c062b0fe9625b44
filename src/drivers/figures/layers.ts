/**
 * What writable layers hold, as last counted. Who asks gets the last figure with its own time, at once; an old one is renewed
 * meanwhile, one survey at a time for all of them: a disk that hangs holds up the next survey and nothing else.
 */
import { join } from "node:path";
import type { ContainerId, LayerFigures } from "../../vocabulary/index.ts";
import type { Clock } from "./cgroup-gauge.ts";
import type { Survey, Surveyed } from "./layer-survey.ts";

export interface LayersOptions {
  /** Where `overlayRootfs` makes them: `DIR/ID/upper`. */
  readonly dir: string;
  readonly survey: Survey;
  readonly clock: Clock;
  /** How old a figure may become while it is asked for. */
  readonly freshMs?: number;
  /** How long one survey may take. */
  readonly boundMs?: number;
  /** How long who asks for the first time waits for it. */
  readonly firstMs?: number;
}

interface Layer {
  readonly figures?: LayerFigures;
  /** On the monotonic clock: not before then is it worth another look. */
  readonly due: number;
}

/** In one survey; more than that wait for the next one. */
const AT_ONCE = 100;
/** Looking takes one part of the time and not looking the other nineteen, but for a minute at most. */
const REST = 19;
const LONGEST_REST_MS = 60_000;
/** One that was not counted within the bound keeps the others from being counted, too: not soon again. */
const LATE_MS = 60_000;

export class Layers {
  readonly #options: Required<LayersOptions>;
  readonly #layers = new Map<ContainerId, Layer>();
  readonly #wanted = new Set<ContainerId>();
  /** Of the survey under way. */
  readonly #asked = new Set<ContainerId>();
  readonly #closed = new AbortController();
  #survey: { readonly begun: number; readonly ended: Promise<void> } | undefined;
  #restsUntil = 0;

  constructor(options: LayersOptions) {
    this.#options = { freshMs: 5_000, boundMs: 10_000, firstMs: 250, ...options };
  }

  of(id: ContainerId): LayerFigures | undefined {
    const now = this.#options.clock.monoMs();
    const layer = this.#layers.get(id);
    if (now >= (layer?.due ?? 0) && (layer === undefined || now >= this.#restsUntil)) this.#want(id);
    return layer?.figures;
  }

  /** Resolves when each of them has been looked at, or soon: it does not wait behind a survey that takes its time. */
  async known(ids: readonly ContainerId[]): Promise<void> {
    const { clock, firstMs } = this.#options;
    const unknown = (): readonly ContainerId[] => ids.filter((id) => !this.#layers.has(id));
    for (const id of unknown()) this.#want(id);
    if (unknown().length === 0) return;
    const late = AbortSignal.timeout(firstMs);
    const over = new Promise((resolve) => late.addEventListener("abort", resolve, { once: true }));
    while (!late.aborted && unknown().length > 0 && this.#survey && clock.monoMs() - this.#survey.begun < firstMs)
      await Promise.race([this.#survey.ended, over]);
  }

  forget(id: ContainerId): void {
    this.#layers.delete(id);
    this.#wanted.delete(id);
    this.#asked.delete(id);
  }

  close(): void {
    this.#closed.abort();
    this.#wanted.clear();
  }

  #want(id: ContainerId): void {
    if (this.#asked.has(id)) return;
    this.#wanted.add(id);
    if (this.#survey || this.#closed.signal.aborted) return;
    // In the next turn, with all that this one asks for.
    const turn = new Promise((resolve) => setImmediate(resolve));
    this.#survey = { begun: this.#options.clock.monoMs(), ended: turn.then(() => this.#look()) };
  }

  async #look(): Promise<void> {
    const { survey, clock, boundMs } = this.#options;
    const ids = [...this.#wanted].toSorted((one, other) => this.#dueOf(one) - this.#dueOf(other)).slice(0, AT_ONCE);
    for (const id of ids) {
      this.#wanted.delete(id);
      this.#asked.add(id);
    }
    const begun = clock.monoMs();
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), boundMs);
    const surveyed = await survey(
      ids.map((id) => this.#upper(id)),
      AbortSignal.any([late.signal, this.#closed.signal]),
    );
    clearTimeout(timer);
    this.#note(surveyed, late.signal.aborted);
    const ended = clock.monoMs();
    this.#restsUntil = ended + Math.min(LONGEST_REST_MS, REST * (ended - begun));
    this.#survey = undefined;
    const [next] = this.#wanted;
    if (next !== undefined) this.#want(next);
  }

  /** Those that were forgotten meanwhile stay so. */
  #note({ sizes, capacity }: Surveyed, isLate: boolean): void {
    const { dir, clock, freshMs } = this.#options;
    const [ended, atNs] = [clock.monoMs(), clock.wallNs()];
    let blamed = !isLate;
    for (const id of this.#asked) {
      const size = sizes.get(this.#upper(id));
      const last = this.#layers.get(id)?.figures;
      if (size && capacity)
        this.#layers.set(id, { due: ended + freshMs, figures: { atNs, mountpoint: dir, ...size, ...capacity } });
      // The first that is missing is the one that took so long; those behind it had no turn.
      else if (!isLate || !blamed)
        this.#layers.set(id, { due: ended + (blamed ? freshMs : LATE_MS), ...(last && { figures: last }) });
      blamed ||= !size;
    }
    this.#asked.clear();
  }

  #upper(id: ContainerId): string {
    return join(this.#options.dir, id, "upper");
  }

  #dueOf(id: ContainerId): number {
    return this.#layers.get(id)?.due ?? 0;
  }
}
