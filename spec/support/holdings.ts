/** What clients cost a daemon while they are there, and that it all comes back: for specs of sessions in the whole daemon. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { within } from "../../scripts/slow.ts";
import { askDaemon } from "../../src/cli/daemon.ts";
import { monitorOf } from "./daemon.ts";
import { openExec, type Session } from "./streaming-client.ts";
import type { TestBed } from "./test-bed.ts";

/**
 * What comes when it is needed and stays: a thread's own, for a while; the journal of a log thread; an OCI runtime's program, of
 * which a daemon makes one copy in memory for its first command.
 */
const staying =
  /^(anon_inode:\[(eventpoll|eventfd|io_uring)\]|pipe:\[#\]|\/dev\/null|\/memfd:troupe.*|.*\/(journal|losses|taken)(-.*)?)$/;

/** Of kubelets, tools and monitors: they come and go with the calls of a spec. */
const unixSockets = (): ReadonlySet<string> =>
  new Set(
    readFileSync("/proc/net/unix", "utf8")
      .split("\n")
      .map((line) => `socket:[${line.trim().split(/ +/)[6]}]`),
  );

/** What is open, by its kind and without what tells two of a kind apart. */
const descriptorsOf = (pid: number, ofOthers = unixSockets()): readonly string[] =>
  readdirSync(`/proc/${pid}/fd`)
    .flatMap((fd) => {
      try {
        const what = readlinkSync(`/proc/${pid}/fd/${fd}`);
        return ofOthers.has(what) ? [] : what.replace(/[0-9a-f]{12,}|\d{3,}/g, "#");
      } catch {
        return []; // closed meanwhile
      }
    })
    .filter((what) => !staying.test(what));

interface Held {
  readonly daemon: readonly string[];
  readonly monitor: readonly string[];
  /** Directories of execs and attaches. */
  readonly places: readonly string[];
  /** Sentences about who is not at rest. */
  readonly waits: readonly string[];
}

export class Holdings {
  readonly #bed: TestBed;
  readonly #base: Held;

  private constructor(bed: TestBed, base: Held) {
    this.#bed = bed;
    this.#base = base;
  }

  /** What is held now is meant to be held. */
  static async of(bed: TestBed): Promise<Holdings> {
    return new Holdings(bed, await held(bed));
  }

  /** Waits until nothing more is held than at first, and fails naming what is. */
  async returned(withinMs = 5_000): Promise<void> {
    for (const until = performance.now() + within(withinMs); ; await pause(20)) {
      const now = await held(this.#bed);
      const more = Object.entries(now).flatMap(([kind, things]) =>
        surplus(things as readonly string[], this.#base[kind as keyof Held]).map((thing) => `${kind}: ${thing}`),
      );
      if (more.length === 0) return;
      if (performance.now() > until) assert.fail(`${more.length} more than before: ${more.slice(0, 20).join("; ")}`);
    }
  }
}

const held = async ({ daemon, place }: TestBed): Promise<Held> => {
  const execs = join(place, "run", "execs");
  const waits = (await askDaemon(daemon.runDir, "GET", "/waits")) as readonly string[];
  return {
    daemon: descriptorsOf(daemon.life().pid),
    monitor: descriptorsOf(monitorOf(daemon) ?? -1),
    places: existsSync(execs) ? readdirSync(execs) : [],
    // Who waits for what is at rest but for its age.
    waits: waits.map((text) => text.replace(/, (since|for at most).*/, "")),
  };
};

const surplus = (things: readonly string[], base: readonly string[]): readonly string[] => {
  const left = [...base];
  return things.filter((thing) => {
    const at = left.indexOf(thing);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
};

/** A command before a client that does all as it should, beside others that do not. */
export class Neighbour {
  readonly #session: Session;
  #words = 0;

  private constructor(session: Session) {
    this.#session = session;
  }

  static async in(bed: TestBed, container: string): Promise<Neighbour> {
    const script = 'while read word; do echo "heard $word."; done';
    return new Neighbour(await openExec(bed.kubelet.cri, container, ["/bin/sh", "-c", script], { stdin: true }));
  }

  async goesOn(): Promise<void> {
    const word = `word ${++this.#words}`;
    this.#session.type(`${word}\n`);
    await this.#session.prints(`heard ${word}.`);
  }

  async end(): Promise<void> {
    this.#session.endInput();
    assert.equal((await this.#session.ended()).code, 0);
  }
}
