/** Being asked to stop (Ctrl-C, TERM, nobody reads us any more), as an AbortSignal: what was begun is ended in order. */

export class Interrupted extends Error {
  /** As a shell has it for a program that a signal ended. */
  readonly status: number;

  constructor(what: string, status: number) {
    super(`stopped by ${what}`);
    this.status = status;
  }
}

const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** Once in a program. Its reason is an Interrupted. */
export const interruption = (): AbortSignal => {
  const asked = new AbortController();
  for (const [signal, number] of Object.entries(signals))
    process.on(signal, () => asked.abort(new Interrupted(signal, 128 + number)));
  process.stdout.on("error", (error) => asked.abort(new Interrupted(error.message, 128 + 13)));
  return asked.signal;
};
