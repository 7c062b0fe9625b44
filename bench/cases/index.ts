/** All cases, in the order they are taken: those that want an empty node first. */
import type { Case } from "../support/stage.ts";
import { burst } from "./burst.ts";
import { execSync } from "./exec-sync.ts";
import { exitEvent } from "./exit-event.ts";
import { exitStorm } from "./exit-storm.ts";
import { listStatus } from "./list-status.ts";
import { logPath } from "./log-path.ts";
import { nodeMemory } from "./node-memory.ts";
import { podLife } from "./pod-life.ts";
import { pull } from "./pull.ts";
import { reads } from "./reads.ts";
import { recorder } from "./recorder.ts";
import { restart } from "./restart.ts";
import { stream } from "./stream.ts";

export const cases: readonly Case[] = [
  podLife,
  burst,
  exitEvent,
  execSync,
  stream,
  listStatus,
  reads,
  logPath,
  nodeMemory,
  exitStorm,
  recorder,
  restart,
  pull,
];
