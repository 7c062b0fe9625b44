/** Resolves at the end of what is read, or after `boundMs`. */
export const endedOr = async (ended: Promise<unknown>, boundMs: number): Promise<void> => {
  const bound = Promise.withResolvers<void>();
  // A busy loop comes to its timers first: what was written by then is read before the wait is over.
  const timer = setTimeout(() => setImmediate(bound.resolve), boundMs);
  await Promise.race([ended, bound.promise]);
  clearTimeout(timer);
};
