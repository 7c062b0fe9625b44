/**
 * The node as it is now: exchanges the link's token for this tab's secret, and folds what the server sends. The browser itself
 * connects again, and says which record it had last.
 */
import type { PageMessage, PageStall, PageStart } from "../page-message.ts";
import { Picture } from "../picture.ts";
import type { FlightRecord } from "../record.ts";
import { Tally } from "../tally.ts";
import { begin } from "./begin.ts";
import type { Scene } from "./scene.ts";

/** Records that are kept, and how many more before the oldest go. */
const KEPT = 20_000;
const SLACK = 4_000;
const SECRET = "troupe-secret";

export type Link = "connecting" | "live" | "lost" | "refused" | "ended";

export class Live {
  #picture = new Picture();
  #base = new Picture();
  #tally = new Tally();
  #records: FlightRecord[] = [];
  #start: PageStart | undefined;
  /** The server's monotonic clock less ours. */
  #ahead = 0;
  /** Of the first start, that are still to come. */
  #missing = 0;
  readonly #changed: () => void;
  alive = false;
  /** Its loop stands still. */
  stall: PageStall | undefined;
  link: Link = "connecting";
  /** What whoever looks should know of the link. */
  trouble = "";

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Whether there is something to draw: the first records are in. */
  get ready(): boolean {
    return this.#start !== undefined && this.#missing <= 0;
  }

  get scene(): Scene {
    const { host = "", coverage, actions = false } = this.#start ?? {};
    return {
      picture: this.#picture,
      base: this.#base,
      records: this.#records,
      tally: this.#tally,
      // A dead daemon waits for nothing any more: time stands where it stopped.
      now: this.alive ? Math.max(performance.now() + this.#ahead, this.#picture.mono) : this.#picture.mono,
      host,
      alive: this.alive,
      ...(this.stall && { stall: this.stall }),
      ...(coverage && { coverage }),
      retry: this.#retry(actions),
    };
  }

  #retry(actions: boolean): Scene["retry"] {
    if (!actions) return "This page only looks: troupe ui was started without --allow-actions.";
    if (!this.alive) return "There is no daemon that could be asked.";
    return async (actor) => {
      const answer = await fetch(`retry?actor=${encodeURIComponent(actor)}`, {
        method: "POST",
        headers: { "x-troupe-secret": sessionStorage.getItem(SECRET) ?? "" },
      });
      return (await answer.text()).trim();
    };
  }

  async open(): Promise<void> {
    const token = /^#token=([\w-]+)$/.exec(location.hash)?.[1];
    if (token !== undefined) {
      history.replaceState(null, "", "#/");
      const answer = await fetch("session", { method: "POST", headers: { "x-troupe-token": token } });
      if (!answer.ok) return this.#say("refused", (await answer.text()).trim());
      const { secret } = (await answer.json()) as { readonly secret: string };
      sessionStorage.setItem(SECRET, secret);
    }
    const secret = sessionStorage.getItem(SECRET);
    if (secret === null) return this.#say("refused", "open the link that troupe ui printed");
    const source = new EventSource(`records?secret=${encodeURIComponent(secret)}`);
    source.addEventListener("message", ({ data }: MessageEvent<string>) =>
      this.#take(JSON.parse(data) as PageMessage, source),
    );
    source.addEventListener("error", () => {
      // The browser gives up for good where the answer was no stream.
      if (source.readyState === EventSource.CLOSED)
        this.#say("refused", "troupe ui does not know this tab: open the link that it printed");
      else if (this.link !== "ended") this.#say("lost", "troupe ui has ended, or is not reached; trying again");
    });
  }

  #say(link: Link, trouble: string): void {
    this.link = link;
    this.trouble = trouble;
    this.#changed();
  }

  #take(message: PageMessage, source: EventSource): void {
    if (message.kind === "end") {
      source.close();
      return this.#say("ended", message.why);
    }
    this.link = "live";
    this.trouble = "";
    switch (message.kind) {
      case "start":
        this.#begin(message);
        break;
      case "base":
        begin(this.#picture, message.records, message);
        begin(this.#base, message.records, message);
        for (const record of message.records) this.#tally.apply(record);
        break;
      case "records":
        this.#ahead = message.mono - performance.now();
        this.#missing -= message.records.length;
        this.#apply(message.records);
        break;
      case "daemon":
        this.#ahead = message.mono - performance.now();
        this.alive = message.alive;
        this.stall = message.stall;
        break;
    }
    this.#changed();
  }

  #begin(start: PageStart): void {
    this.#start = start;
    this.#missing = start.records;
    this.#picture = new Picture();
    this.#base = new Picture();
    this.#tally = new Tally();
    this.#records = [];
  }

  #apply(records: readonly FlightRecord[]): void {
    for (const record of records) {
      this.#picture.apply(record);
      this.#tally.apply(record);
      this.#records.push(record);
    }
    if (this.#records.length <= KEPT + SLACK) return;
    const many = this.#records.length - KEPT;
    for (const record of this.#records.slice(0, many)) this.#base.apply(record);
    this.#records = this.#records.slice(many);
  }
}
