/** A recording as a page reads without a script: what it is of, who was not at rest at its end, and what happened last. */
import { sentenceOf } from "../machines/sentence.ts";
import { explainedIn, restlessIn } from "./explained.ts";
import { Picture } from "./picture.ts";
import type { FlightRecord } from "./record.ts";
import type { About } from "./recording.ts";

const MOST_STEPS = 200;

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => `&#${sign.codePointAt(0)};`).replaceAll("\u0000", "");

const moment = (wall: number): string => new Date(wall).toISOString();

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string => {
  const line = (cells: readonly string[], cell: "th" | "td"): string =>
    `<tr>${cells.map((text) => `<${cell}>${escaped(text)}</${cell}>`).join("")}</tr>`;
  return [
    "<table>",
    `<thead>${line(heads, "th")}</thead>`,
    "<tbody>",
    ...rows.map((row) => line(row, "td")),
    "</tbody>",
    "</table>",
  ].join("\n");
};

const section = (title: string, body: string): string => `<h2>${escaped(title)}</h2>\n${body}`;

const waiting = (picture: Picture): string => {
  const sentences = restlessIn(picture).flatMap((id) => {
    const explanation = explainedIn(picture, id);
    return explanation ? [`<li>${escaped(sentenceOf(explanation, picture.mono))}</li>`] : [];
  });
  return sentences.length > 0 ? `<ul>\n${sentences.join("\n")}\n</ul>` : "<p>Everybody was at rest.</p>";
};

const whoIsThere = (picture: Picture): string =>
  table(
    ["actor", "state", "known as"],
    [...picture.actors.values()].map(({ id, state, name = {} }) => [
      id,
      state ?? "crashed",
      Object.values(name).join(" "),
    ]),
  );

const steps = (records: readonly FlightRecord[]): string =>
  table(
    ["number", "when", "actor", "took", "and is"],
    records
      .flatMap((record) => (record.kind === "step" ? [record] : []))
      .slice(-MOST_STEPS)
      .map(({ seq, wall, actor, event, state = "where it was" }) => [
        String(seq),
        moment(wall),
        actor,
        event.type,
        state,
      ]),
  );

export const plainPage = ({ version, from, to, pods }: About, records: readonly FlightRecord[]): string => {
  const picture = new Picture();
  for (const record of records) picture.apply(record);
  const whose = pods ? `of ${pods.join(", ")}` : "of a node";
  return [
    `<h1>Recording ${escaped(whose)}</h1>`,
    `<p>${records.length} records from ${moment(from)} to ${moment(to)}, saved by Troupe ${escaped(version)}. ` +
      "<code>troupe replay FILE</code> executes it again.</p>",
    section("Who was not at rest at its end", waiting(picture)),
    section("Who was there", whoIsThere(picture)),
    section("What happened last", steps(records)),
  ].join("\n");
};
