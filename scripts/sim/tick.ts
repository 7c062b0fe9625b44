/** Lets all promises run that can: what a schedule waits for after each move. */
export const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
