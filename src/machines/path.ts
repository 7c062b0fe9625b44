/** A state value as a path: `stopping.waiting`. */
export const pathOf = (value: unknown): string => {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return "";
  return Object.entries(value)
    .map(([state, inner]) => (pathOf(inner) ? `${state}.${pathOf(inner)}` : state))
    .join("|");
};
