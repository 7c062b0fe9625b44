/** Survivors that are explained: the rows of docs/mutants.md, each with the ids that it is about and why they are not seen. */
export interface Explained {
  /** As it stands in the document: an id, with `*` for any part of it. */
  readonly pattern: string;
  readonly matches: (id: string) => boolean;
}

/** The first cell of each row of a table, where it is in backticks. */
export const explainedIn = (document: string): readonly Explained[] =>
  [...document.matchAll(/^\| `([^`]+)` +\|/gm)].map(([, pattern = ""]) => {
    const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    const whole = new RegExp(`^${parts.join(".*")}$`);
    return { pattern, matches: (id: string) => whole.test(id) };
  });
