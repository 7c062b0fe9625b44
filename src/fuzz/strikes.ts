/** What befalls a node: deaths, throws, a full disk, a clock that is set, a network that goes, a reboot. */
import { NotAllowed } from "../errors.ts";
import { pathOf } from "../machines/path.ts";
import { kindOf } from "../vocabulary/actor-ids.ts";
import type { Choices } from "./choices.ts";
import { farewell } from "./farewell.ts";
import { Malice } from "./malice.ts";
import type { Scene } from "./scene.ts";
import type { Perils } from "./world/node.ts";

interface Snapshot {
  readonly status: string;
  readonly value: unknown;
  hasTag(tag: string): boolean;
}

const MOST_EVENTS_TO_A_THROW = 8;
/** The fourth throw is one too many. */
const THROWS = [1, 2, 3, 4, 6] as const;

/** What may befall the node of one schedule at all: each schedule leaves some of it out, so that the rest is seen alone. */
export interface May {
  readonly die: boolean;
  readonly throw: boolean;
  readonly reboot: boolean;
  readonly fill: boolean;
  readonly hang: boolean;
  readonly aim: boolean;
}

export const drawMay = (choices: Choices): Omit<May, "hang" | "aim"> => ({
  die: !choices.chance(400),
  throw: choices.chance(400),
  reboot: choices.chance(200),
  fill: choices.chance(300),
});

const LEVELS = [0, 20, 80] as const;

/** How often what fails in this schedule. */
export const drawPerils = (choices: Choices): Perils => {
  const level = (): number => choices.pick(LEVELS);
  const [before, after, hang] = [level(), level(), level() / 2];
  return { before, after, hang, sync: level() / 4, death: level() / 8 };
};

export class Strikes {
  readonly #scene: Scene;
  readonly #may: May;
  readonly #malice: Malice;

  constructor(scene: Scene, may: May) {
    this.#scene = scene;
    this.#malice = new Malice(scene);
    this.#may = may;
  }

  strike(): void {
    const choices = this.#scene.choices;
    const strikes: (() => void)[] = [
      () => {
        const ms = choices.pick([-3_600_000, 3_600_000]);
        this.#scene.befall(`the wall clock goes ${ms < 0 ? "back" : "forward"}`);
        this.#scene.node.shiftWall(ms);
      },
    ];
    if (this.#scene.node.diskFull) return this.#fillDisk(false);
    if (this.#scene.monitor.process?.hangs && choices.chance(500)) return this.#hangMonitor(false);
    const { system } = this.#scene.daemon;
    if (this.#may.fill)
      strikes.push(
        () => this.#fillDisk(true),
        () => {
          this.#scene.befall("the durable store fails");
          system.tell("scribe", { type: "storeFailed", reason: "the schedule says so" });
          // One that has died as it began hears nothing.
          if (this.#scene.daemon.alive && system.stateOf("scribe") !== undefined)
            this.#scene.node.find("a store has failed, and the daemon goes on");
        },
      );
    strikes.push(
      () => this.changeNetwork(),
      () => {
        this.#scene.befall("the monitor is upgraded");
        const place = system.stateOf("monitor-link");
        const upgraded = system.upgradeMonitor().then(() => {
          if (system === this.#scene.daemon.system && system.stateOf("monitor-link") === "upgrading")
            this.#scene.node.find("the monitor is said to be upgraded, and is not");
        });
        upgraded.catch((error: unknown) => {
          if (error instanceof NotAllowed && (place === "connected" || place === "upgrading"))
            this.#scene.node.find(`an upgrade of the monitor was refused: ${error.message}`);
        });
      },
    );
    if (this.#may.die)
      strikes.push(
        () => {
          this.#scene.befall("the daemon is told to end");
          system.tell("life", { type: "close" });
        },
        () => this.#scene.die(),
        () => this.#killMonitor(),
        () => (this.#scene.die(), this.#killMonitor()),
      );
    if (this.#may.throw)
      strikes.push(
        () => this.#arm(),
        () => this.#arm(),
        () => this.#arm(),
        () => this.#poison(),
      );
    if (this.#may.hang) strikes.push(() => this.#hangMonitor(true));
    if (this.#may.aim)
      strikes.push(
        () => this.#aim(),
        () => this.#aim(),
        () => this.#aim(),
      );
    if (this.#may.reboot) strikes.push(() => this.#reboot());
    if (this.#scene.bent.mean)
      strikes.push(
        ...Array.from({ length: 4 }, () => () => this.#malice.hit() || this.#arm()),
        () => this.#malice.wear(),
        () => this.#malice.wear(),
      );
    // Behind all others: where nobody streams nothing else is drawn.
    if (this.#scene.client.sessions.open().length > 0 && this.#may.throw)
      strikes.push(...Array.from({ length: 4 }, () => () => void farewell(this.#scene, this.#may.die)));
    choices.pick(strikes)();
  }

  changeNetwork(): void {
    this.#scene.befall("the network's configuration changes");
    this.#scene.node.networkReady = !this.#scene.node.networkReady;
    const readiness = this.#scene.daemon.parts.network.readiness();
    this.#scene.daemon.system.tell("network", { type: "changed", readiness, at: this.#scene.node.timers.now });
  }

  #fillDisk(full: boolean): void {
    this.#scene.node.diskFull = full;
    this.#scene.befall(full ? "the disk is full" : "the disk has room again");
  }

  #killMonitor(): void {
    this.#scene.befall("the monitor dies");
    this.#scene.monitor.process?.die();
  }

  #hangMonitor(hang: boolean): void {
    this.#scene.befall(hang ? "the monitor hangs" : "the monitor wakes");
    if (hang) this.#scene.monitor.process?.hang();
    else this.#scene.monitor.process?.wake();
  }

  /** Whoever is given one of the next events throws. */
  #arm(): void {
    const events = this.#scene.choices.below(MOST_EVENTS_TO_A_THROW);
    this.#scene.befall("an actor will throw");
    this.#scene.stage.armed = events;
  }

  /** Somebody at work throws at its next event: one that rests after a failure, if there is one. */
  #aim(): void {
    const restless = this.#scene.daemon.system.actors().filter((ref) => {
      const state = ref.getSnapshot() as Snapshot;
      return state.status === "active" && !state.hasTag("settled");
    });
    const resting = restless.filter((ref) => pathOf((ref.getSnapshot() as Snapshot).value).endsWith("resting"));
    const targets = resting.length > 0 ? resting : restless;
    if (targets.length === 0) return this.#arm();
    const { id } = this.#scene.choices.pick(targets);
    this.#scene.befall("an actor at work will throw");
    this.#scene.stage.poison = { actor: id, left: 1 };
  }

  /** Daemon or monitor, or both, die over a program that is at work. */
  orphan(): void {
    const whose = this.#scene.choices.below(3);
    if (whose !== 1) this.#scene.die();
    if (whose !== 0) this.#killMonitor();
  }

  /** Somebody throws, and again: one of a kind as often as one of any other kind. */
  #poison(): void {
    const { choices, daemon, stage } = this.#scene;
    const kinds = Map.groupBy(daemon.system.actors(), ({ id }) => kindOf(id));
    const { id } = choices.pick(choices.pick([...kinds.values()]));
    this.#scene.befall("an actor is poisoned");
    stage.poison = { actor: id, left: choices.pick(THROWS) };
  }

  #reboot(): void {
    this.#scene.befall("the node reboots");
    this.#scene.die();
    this.#scene.monitor.process?.die();
    this.#scene.monitor.process = undefined;
    this.#scene.node.reboot();
    this.#scene.client.requests.wishes.forgetStops();
  }
}
