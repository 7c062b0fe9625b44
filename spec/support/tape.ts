/** A recording as a daemon writes it, made up by a spec: time passes by `wait`, and each word is a record. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Picture } from "../../src/inspect/picture.ts";
import { FORMAT, type FlightRecord, type Key, type Name, type What } from "../../src/inspect/record.ts";

export class Tape {
  readonly records: FlightRecord[] = [];
  mono = 1_000_000;
  /** The wall's clock, which may be set. */
  wall = Date.UTC(2026, 10, 22, 6, 0, 0);

  constructor(begun = true) {
    const daemon = { version: "1.0.0", pid: 1, boot: "another", charts: "sum" };
    this.say({ kind: "opened", format: FORMAT, ...daemon, begun });
  }

  say(what: What): this {
    const seq = this.records.length + 1;
    this.records.push({ seq, mono: this.mono, wall: this.wall, cause: 0, ...what });
    return this;
  }

  wait(ms: number): this {
    this.mono += ms;
    this.wall += ms;
    return this;
  }

  born(actor: string, state: string, more: Partial<Key> = {}): this {
    const id = actor.slice(actor.indexOf("/") + 1);
    const key = { parent: "pods", born: true, incarnation: 1, state, since: this.mono, context: { id } };
    return this.say({ kind: "key", actor, ...key, ...more });
  }

  /** A sandbox with its network attachment and a container, all at rest, under ids of 64 characters that begin with `id`. */
  pod(id: string, name: Name, container = "app"): this {
    const whole = id.padEnd(64, "0");
    const parent = `pod/${whole}`;
    return this.born(parent, "supervising", { name })
      .born(`sandbox/${whole}`, "ready", { parent, name })
      .born(`attachment/${whole}`, "attached", { parent, name })
      .born(`container/${containerOf(id)}`, "running", { parent, name: { ...name, container } });
  }

  moved(actor: string, state: string, set: Readonly<Record<string, unknown>> = {}, type = "stop"): this {
    return this.say({ kind: "step", actor, event: { type }, state, set });
  }

  get lines(): string {
    return this.records.map((record) => `${JSON.stringify(record)}\n`).join("");
  }

  get picture(): Picture {
    const picture = new Picture();
    for (const record of this.records) picture.apply(record);
    return picture;
  }

  /** As the recording of the daemon whose run directory this is. */
  writeTo(runDir: string, text = this.lines): void {
    mkdirSync(join(runDir, "flight"), { recursive: true });
    writeFileSync(join(runDir, "flight", "00000001.ndjson"), text);
  }
}

/** `a` as the id of an object. */
export const wholeId = (id: string): string => id.padEnd(64, "0");

/** The id of the container of a pod that has this one. */
export const containerOf = (id: string): string => wholeId(`c${id}`);

/** A pod whose network goes for six minutes, tried again and again, and a kubelet that waits for it. */
export const tearingDown = (): Tape => {
  const tape = new Tape().pod("a1", { namespace: "default", pod: "web-0" }).wait(60_000);
  const [sandbox, attachment] = [`sandbox/${wholeId("a1")}`, `attachment/${wholeId("a1")}`];
  const container = `container/${containerOf("a1")}`;
  const work = { n: 1, verb: "stop", since: tape.mono };
  tape.moved(container, "stopped", { exit: { at: "1", oomKilled: true, signal: 9 } }, "exited");
  tape.say({ kind: "rpc", n: 4, method: "StopPodSandbox", agent: "kubelet/1.36", deadline: tape.wall + 400_000 });
  tape.moved(sandbox, "stopping.detaching", { work });
  tape.say({ kind: "waits", n: 4, actor: sandbox, work: 1 });
  tape.moved(attachment, "deleting", {}, "detach").wait(360_000);
  const trouble = { code: "Failed", text: "plugin calico: dial tcp 10.0.0.1:443: i/o timeout", at: tape.mono };
  tape.moved(attachment, "resting", { trouble, tries: 7 }, "xstate.error.actor.0.attachment.deleting");
  const until = {
    driver: "clock",
    verb: "until",
    id: wholeId("a1"),
    boundMs: null,
    at: tape.mono + 41_000,
    begun: true,
  };
  return tape.say({ kind: "call", n: 9, by: attachment, ...until }).wait(1_000);
};
