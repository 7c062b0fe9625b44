/**
 * One page that is fed: what it is sent, at the speed at which it reads. Nothing is kept for it but its place, so one that never
 * reads costs a socket's buffer; when its place is no longer among what is kept, it is cut off.
 */
import type { ServerResponse } from "node:http";
import type { PageDaemon, PageMessage, PageStart } from "../../inspect/page-message.ts";
import type { MonoMs } from "../../vocabulary/index.ts";
import type { Feed } from "./feed.ts";

/** Few enough that a page has done with them before anybody notices. */
const RECORDS_AT_ONCE = 400;

export interface ViewerOptions {
  readonly response: ServerResponse;
  readonly feed: Feed;
  readonly now: () => MonoMs;
  readonly start: Omit<PageStart, "kind" | "records">;
  readonly daemon: () => Pick<PageDaemon, "alive" | "stall">;
  /** The last record that it has, of an earlier connection. */
  readonly last: number | undefined;
}

export class Viewer {
  readonly #options: ViewerOptions;
  readonly #forget: () => void;
  #place: number;
  /** What was told of the daemon: JSON. */
  #told = "";

  constructor(options: ViewerOptions) {
    this.#options = options;
    const { response, feed, last } = options;
    response.writeHead(200, { "content-type": "text/event-stream" });
    const on = last === undefined ? undefined : feed.after(last);
    this.#place = on ?? feed.places.first;
    this.#forget = feed.listen(() => this.pump());
    response.on("drain", () => this.pump());
    if (on === undefined) this.#begin();
    this.pump();
  }

  #begin(): void {
    const { feed, start } = this.#options;
    const { records, ...counts } = feed.base;
    const { first, next } = feed.places;
    this.#send({ kind: "start", ...start, records: next - first });
    for (let at = 0; at < records.length; at += RECORDS_AT_ONCE)
      this.#send({ kind: "base", ...counts, records: records.slice(at, at + RECORDS_AT_ONCE) });
  }

  /** Sends what it lacks, as far as it reads. */
  pump(): void {
    const { response, feed, now, daemon } = this.#options;
    while (!response.writableNeedDrain && !response.destroyed) {
      const records = feed.from(this.#place, RECORDS_AT_ONCE);
      if (!records) return void response.destroy();
      if (records.length > 0) this.#send({ kind: "records", mono: now(), records }, records.at(-1)?.seq);
      this.#place += records.length;
      if (records.length === RECORDS_AT_ONCE) continue;
      const state = daemon();
      const told = JSON.stringify(state);
      if (this.#told !== told) this.#send({ kind: "daemon", mono: now(), ...state });
      this.#told = told;
      return;
    }
    if (feed.from(this.#place, 0) === undefined) response.destroy();
  }

  /** There is nothing more to come. */
  end(why: string): void {
    this.#send({ kind: "end", why });
    this.#options.response.end();
  }

  closed(): void {
    this.#forget();
  }

  #send(message: PageMessage, id?: number): void {
    this.#options.response.write(`${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(message)}\n\n`);
  }
}
