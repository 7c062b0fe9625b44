/**
 * One schedule: a life of one pod and three containers over a simulated node, moved step by step by choices, with the faults
 * that they bring; then everything is healed, and all that was asked for must end and nothing be left.
 */
import { drawBent, isOrphaning, type Bent } from "./bent.ts";
import { Choices, type Tape } from "./choices.ts";
import { Client } from "./client.ts";
import { Conduct } from "./conduct.ts";
import { drawPod, drawSharing } from "./configs.ts";
import { Daemon } from "./daemon.ts";
import { Healing } from "./healing.ts";
import { hearingOf } from "./hearing.ts";
import { Inquiry } from "./inquiry.ts";
import { Moves } from "./moves.ts";
import { Oracles } from "./oracles.ts";
import { reinsOf, type Reins } from "./reins.ts";
import type { Scene } from "./scene.ts";
import type { Stage } from "./stage.ts";
import { drawMay, drawPerils, Strikes } from "./strikes.ts";
import { drawStreaming, type Streaming } from "./streaming.ts";
import type { Watcher } from "./watcher.ts";
import type { MonitorPlace } from "./world/monitor-link.ts";
import { Death, Node, noPerils } from "./world/node.ts";

export interface ScheduleOptions {
  readonly source: { readonly seed: number } | { readonly tape: Tape } | { readonly choices: Choices };
  readonly stage: Stage;
  readonly watcher?: Watcher;
  /** `lead` makes the moves instead of chance; `prompt` is told before each what there is. False: the script is over. */
  readonly lead?: (reins: Reins) => boolean;
  readonly prompt?: (scene: Scene) => boolean;
  /** Steps before everything is healed. */
  readonly steps?: number;
  readonly tick: () => Promise<void>;
}

export interface Ended {
  readonly findings: readonly string[];
  readonly choices: number;
  readonly steps: number;
  readonly tape: Tape;
}

const STEPS = 160;
const MOST_HEALING_STEPS = 4_000;
const STRIKES = [0, 10, 40] as const;

export class Schedule {
  readonly #choices: Choices;
  readonly #node: Node;
  readonly #monitor: MonitorPlace = { process: undefined };
  readonly #client: Client;
  readonly #oracles: Oracles;
  readonly #conduct: Conduct;
  readonly #options: ScheduleOptions;
  readonly #scene: Scene;
  readonly #moves: Moves;
  readonly #struck: Strikes;
  readonly #rest: Healing;
  /** How often something befalls the node, of a thousand moves. */
  readonly #strikes: number;
  readonly #bent: Bent;
  readonly #streaming: Streaming | undefined;
  #daemon!: Daemon;
  #dead = false;
  #scriptIsOver = false;
  #healing = false;

  constructor(options: ScheduleOptions) {
    this.#options = options;
    this.#choices = "choices" in options.source ? options.source.choices : new Choices(options.source);
    this.#choices.begin();
    const choices = this.#choices;
    this.#node = new Node({ choices, kernelTellsExits: !choices.chance(300) });
    this.#node.perils = drawPerils(choices);
    this.#node.died = () => this.#die();
    this.#node.operations.fated = options.watcher?.fated?.bind(options.watcher);
    const may = drawMay(choices);
    this.#strikes = choices.pick(STRIKES);
    this.#oracles = new Oracles(this.#node, new Inquiry(this.#node, () => this.#client));
    const pod = drawPod(choices);
    const later = { hang: choices.chance(300), aim: choices.chance(300) };
    this.#bent = drawBent(choices);
    this.#streaming = drawStreaming(choices);
    this.#node.perils = { ...this.#node.perils, sick: this.#bent.sick ?? this.#streaming?.sick };
    this.#client = new Client({
      choices,
      pod: drawSharing(choices, { ...pod, ...(this.#streaming && { streaming: this.#streaming }) }),
      daemon: () => this.#daemon,
      node: this.#node,
      pressing: () => this.#bent.pressing,
      asked: (what, about) => {
        this.#say(`${what} ${about}`);
        this.#conduct.stirred();
        options.watcher?.asked?.(what);
      },
      answered: (what, how) => options.watcher?.answered?.(what, how),
    });
    this.#conduct = new Conduct({
      node: this.#node,
      books: () => this.#daemon.books,
      isToGo: (id, how) => this.#client.requests.wishes.isToGo(id, how),
      isContested: (name) => this.#client.requests.wishes.isContested(name),
      graceOf: (id, sandbox) => this.#client.requests.wishes.graceOf(id, sandbox),
      deadlineOf: (actor) => this.#daemon.deadlineOf(actor),
    });
    this.#scene = this.#setScene();
    this.#moves = new Moves(this.#scene);
    this.#struck = new Strikes(this.#scene, { ...may, ...later });
    this.#rest = new Healing(this.#scene, this.#moves);
  }

  #setScene(): Scene {
    const ours = (): Schedule => this;
    return {
      choices: this.#choices,
      node: this.#node,
      monitor: this.#monitor,
      client: this.#client,
      oracles: this.#oracles,
      stage: this.#options.stage,
      bent: this.#bent,
      get daemon() {
        return ours().#daemon;
      },
      get healing() {
        return ours().#healing;
      },
      say: (line) => this.#say(line),
      befall: (what) => this.#befall(what),
      die: () => this.#die(),
    };
  }

  async run(): Promise<Ended> {
    const { steps: most = STEPS, lead, prompt } = this.#options;
    let steps = 0;
    await this.#boot();
    for (; steps < most && this.#node.findings.length === 0; steps++) {
      const hasMore = this.#choices.begin();
      if (lead ? this.#scriptIsOver : !hasMore || prompt?.(this.#scene) === false) break;
      await this.#step(() => this.#move());
    }
    if (this.#node.findings.length === 0) steps += await this.#heal();
    this.#daemon.die();
    return { findings: this.#node.findings, choices: this.#choices.count, steps, tape: this.#choices.tape };
  }

  #move(): void {
    const { lead } = this.#options;
    if (lead) this.#scriptIsOver = !lead(reinsOf(this.#scene, this.#moves));
    else if (this.#choices.chance(this.#strikes)) this.#struck.strike();
    else if (isOrphaning(this.#bent, this.#choices, this.#node.operations.underWay())) this.#struck.orphan();
    else this.#moves.wander();
  }

  async #step(move: () => void): Promise<void> {
    try {
      move();
    } catch (error) {
      if (!(error instanceof Death)) throw error;
    }
    await this.#options.tick();
    if (this.#dead) await this.#boot();
    this.#oracles.check(this.#daemon);
  }

  async #boot(): Promise<void> {
    this.#dead = false;
    const { stage, watcher } = this.#options;
    const { inventory, system } = stage;
    stage.armed = undefined;
    this.#conduct.began();
    const { inquiry } = this.#oracles;
    inquiry.began();
    this.#daemon = new Daemon({
      node: this.#node,
      monitor: this.#monitor,
      tree: stage.tree,
      flight: stage.flight,
      killsAbandoned: this.#streaming?.killsAbandoned === true,
      ...(inventory ? { inventory } : {}),
      ...(system ? { system } : {}),
      events: hearingOf({
        conduct: this.#conduct,
        inquiry,
        watcher,
        daemon: () => this.#daemon,
        say: (line) => this.#say(line),
        die: () => this.#die(),
      }),
    });
    await this.#daemon.start();
    await this.#options.tick();
  }

  #say(line: string): void {
    this.#options.watcher?.step?.(`${this.#node.timers.now} ${line}`);
  }
  #befall(what: string): void {
    this.#node.calm = false;
    this.#say(what);
    this.#options.watcher?.struck?.(what);
  }

  #die(): void {
    if (this.#dead) return;
    this.#befall("the daemon dies");
    this.#dead = true;
    if (this.#daemon.system) this.#options.watcher?.died?.(this.#daemon.system.door.openCalls());
    this.#node.loseUntold();
    this.#daemon.die();
    this.#client.forgetCalls();
  }

  /** Nothing fails any more; everything is removed; nothing may be left. */
  async #heal(): Promise<number> {
    this.#healing = true;
    this.#say("everything is healed");
    this.#node.perils = noPerils;
    this.#node.diskFull = false;
    if (!this.#node.networkReady) this.#struck.changeNetwork();
    this.#node.ambush = undefined;
    this.#options.stage.armed = undefined;
    this.#options.stage.poison = undefined;
    this.#node.operations.heal();
    this.#monitor.process?.wake();
    let restarted = false;
    for (let steps = 0; steps < MOST_HEALING_STEPS; steps++) {
      if (this.#node.findings.length > 0) return steps;
      this.#choices.begin();
      let moved = false;
      await this.#step(() => {
        moved = this.#rest.settle();
      });
      if (moved || this.#dead) continue;
      // What nobody waited for, and a debt to a disk that failed, is paid at the next start.
      if (!restarted && this.#node.durableRows.size > 0) {
        restarted = true;
        this.#die();
        await this.#boot();
        continue;
      }
      this.#rest.judge();
      return steps;
    }
    this.#rest.despair(MOST_HEALING_STEPS);
    return MOST_HEALING_STEPS;
  }
}
