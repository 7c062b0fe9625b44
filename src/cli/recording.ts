/** What a daemon records, as commands find it: the ring of its run directory. */
import { flightIn } from "../composition/places.ts";
import { textsIn } from "../drivers/flight/reading.ts";
import { readLines, type Lines } from "../inspect/lines.ts";
import { Picture } from "../inspect/picture.ts";

/** What a daemon has recorded, whether it lives or not. */
export const ringIn = (runDir: string): Lines => readLines(textsIn(flightIn(runDir)).join(""));

export const pictured = ({ records }: Lines): Picture => {
  const picture = new Picture();
  for (const record of records) picture.apply(record);
  return picture;
};
