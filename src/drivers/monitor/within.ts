/** A bound for whoever waits. What is waited for goes on. */

/** Rejects with `overdue` after `boundMs`. */
export const within = <Value>(boundMs: number, work: Promise<Value>, overdue: () => Error): Promise<Value> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(overdue()), boundMs);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
};
