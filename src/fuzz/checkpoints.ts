/** Checkpoints asked for by a simulated client, and what their answers promise. */
import type { Runtime } from "../supervisors/runtime.ts";
import type { ContainerView } from "../vocabulary/index.ts";
import type { Questions } from "./questions.ts";

export interface CheckpointsOptions {
  readonly questions: Questions;
  readonly runtime: () => Runtime;
  readonly archives: () => ReadonlySet<string>;
  readonly expect: (holds: boolean, promise: string) => void;
}

const TIMEOUT_MS = 5_000;

export class Checkpoints {
  readonly #options: CheckpointsOptions;
  #asked = 0;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
  }

  ask({ id, config }: ContainerView): boolean {
    const { questions, runtime, archives, expect } = this.#options;
    const location = `/checkpoints/${config.name}-${++this.#asked}.tar`;
    return questions.put({
      what: "CheckpointContainer",
      about: `${config.name} to ${location}`,
      ask: (caller) => runtime().checkpointContainer(id, location, TIMEOUT_MS, caller),
      ok: () => expect(archives().has(location), `CheckpointContainer answered, and there is no ${location}`),
      refused: ({ code, message }) =>
        expect(code !== "NotAllowed" || !message.endsWith(" is running"), "a checkpoint of what runs was refused"),
    });
  }
}
