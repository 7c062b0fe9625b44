/**
 * Metrics of the lifecycle machines. Labels are names of charts and of their states, so there are no more series on a fuller
 * node, and nothing that happens costs more there. Who is where is counted when somebody asks.
 */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { isArrival } from "../../machines/arrivals.ts";
import type { Transition } from "../../supervisors/observer.ts";
import { kindOf } from "../../vocabulary/index.ts";

export interface ActorSources {
  /** Each living actor with the path of its state. */
  places(): Iterable<{ readonly actor: string; readonly state: string }>;
  /** Actors that will not come back by themselves. */
  quarantined(): readonly string[];
}

export interface ActorMetrics {
  moved(transition: Transition): void;
  crashed(actor: string): void;
}

// From a system call to what somebody waits for.
const seconds = [0.001, 0.01, 0.1, 1, 10, 60];

/** Last states of a pull's chart. */
const OUTCOMES: ReadonlySet<string> = new Set(["pulled", "failed", "cancelled"]);

const counted = (names: Iterable<string>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
};

const placeMetrics = (registers: Registry[], { places, quarantined }: ActorSources): void => {
  const actors: Gauge = new Gauge({
    name: "troupe_actors",
    help: "Living actors, by their machine and its state.",
    labelNames: ["machine", "state"],
    registers,
    collect: () => {
      actors.reset();
      const all = [...places()].map(({ actor, state }) => `${kindOf(actor)} ${state}`);
      for (const [place, count] of counted(all)) {
        const [machine = "", state = ""] = place.split(" ");
        actors.set({ machine, state }, count);
      }
    },
  });
  const inQuarantine: Gauge = new Gauge({
    name: "troupe_actors_quarantined",
    help: "Actors that crashed too often and wait for `retry`, by their machine.",
    labelNames: ["machine"],
    registers,
    collect: () => {
      inQuarantine.reset();
      for (const [machine, count] of counted(quarantined().map(kindOf))) inQuarantine.set({ machine }, count);
    },
  });
  const leaks: Gauge = new Gauge({
    name: "troupe_leaks",
    help: "Things left behind on the node that are still being removed.",
    registers,
    collect: () => leaks.set([...places()].filter(({ actor }) => kindOf(actor) === "leaked").length),
  });
};

export const actorMetrics = (registry: Registry, sources: ActorSources): ActorMetrics => {
  const registers = [registry];
  placeMetrics(registers, sources);
  const took = new Histogram({
    name: "troupe_state_seconds",
    help: "How long machines were in a state in which something is under way, by machine and state.",
    labelNames: ["machine", "state"],
    buckets: seconds,
    registers,
  });
  const crashes = new Counter({
    name: "troupe_actor_crashes_total",
    help: "Crashes of actors, each followed by a restart or by quarantine, by their machine.",
    labelNames: ["machine"],
    registers,
  });
  const pulls = new Counter({
    name: "troupe_image_pulls_total",
    help: "Image pulls that have ended, by outcome.",
    labelNames: ["outcome"],
    registers,
  });
  for (const outcome of OUTCOMES) pulls.inc({ outcome }, 0);
  return {
    moved({ actor, from, to, ms }) {
      const machine = kindOf(actor);
      if (from !== "" && !isArrival(machine, from)) took.observe({ machine, state: from }, ms / 1000);
      if (machine === "image-pull" && OUTCOMES.has(to)) pulls.inc({ outcome: to });
    },
    crashed: (actor) => crashes.inc({ machine: kindOf(actor) }),
  };
};
