/** Survivors that are explained: the rows of docs/mutants.md, each with the ids that it is about and why they are not seen. */
export interface Explained {
  /** As it stands in the document: an id, with `*` for any part of it. */
  readonly pattern: string;
  readonly matches: (id: string) => boolean;
}

/** `*` in a pattern stands for any part of an id. */
export const isNamed = (pattern: string, id: string): boolean => {
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(id);
};

/** The first cell of each row of a table, where it is in backticks. */
export const explainedIn = (document: string): readonly Explained[] =>
  [...document.matchAll(/^\| `([^`]+)` +\|/gm)].map(([, pattern = ""]) => ({
    pattern,
    matches: (id: string) => isNamed(pattern, id),
  }));
