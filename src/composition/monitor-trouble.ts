/** Why the monitor cannot be reached, for the daemon's log: once for each reason, and anew after it was reached. */

export const toldOnce = <Greeting>(
  connect: () => Promise<Greeting>,
  say: (text: string) => void,
): (() => Promise<Greeting>) => {
  let told: string | undefined;
  return async () => {
    try {
      const greeting = await connect();
      told = undefined;
      return greeting;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (why !== told) say(`the monitor cannot be worked with: ${why}; containers that run are not affected`);
      told = why;
      throw error;
    }
  };
};
