/** Where a second program of this repository stands: beside the caller as `.ts` in development, as `.js` in a bundle. */
export const program = (name: string, beside: string): URL =>
  new URL(`./${name}${beside.endsWith(".ts") ? ".ts" : ".js"}`, beside);
