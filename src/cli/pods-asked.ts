/** The pod of a recording that a command is asked about. */
import { Invalid } from "../errors.ts";
import { podsCalled, podsIn, titleOf, type PodName } from "../inspect/pod-excerpt.ts";
import type { FlightRecord } from "../inspect/record.ts";

export const titles = (pods: readonly PodName[]): readonly string[] => [...new Set(pods.map(titleOf))];

/** Attempts of one pod are one. Throws Invalid where there is none, or more than one. */
export const podsAsked = (records: readonly FlightRecord[], asked: string): readonly PodName[] => {
  const all = podsIn(records);
  const found = podsCalled(all, asked);
  const known = titles(found.length > 0 ? found : all);
  if (found.length === 0)
    throw new Invalid(
      `no pod is recorded that is called "${asked}" or whose id begins so; there ${known.length > 0 ? `are ${known.slice(0, 10).join(", ")}` : "is none"}`,
    );
  if (known.length > 1) throw new Invalid(`"${asked}" may be each of ${known.slice(0, 10).join(", ")}`);
  return found;
};
