/** What happened, newest first, and one of it in full: its event, what it changed, and what it came of. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { causeOf, historyOf, type Happening } from "../happenings.ts";
import type { FlightRecord } from "../record.ts";
import { clockTime, lasting, partName } from "../words.ts";
import { Choice } from "./choice.ts";
import { html } from "./html.ts";
import { Mark } from "./mark.ts";
import { RecordDetail } from "./record-detail.ts";
import { Rows } from "./rows.ts";
import { wallAt, type Scene } from "./scene.ts";
import { Sheet } from "./sheet.ts";

export interface EventsOptions {
  readonly scene: Scene;
  readonly records: readonly FlightRecord[];
  readonly title?: string;
  /** Instead of showing it here: goes there. */
  readonly open?: (record: FlightRecord) => void;
  readonly selected?: number;
}

export const Events = ({ scene, records, title = "Events", open, selected }: EventsOptions): VNode => {
  const [shape, setShape] = useState("compact");
  const [chosen, choose] = useState<number>();
  const rows = historyOf(records, shape === "compact").toReversed();
  const seq = selected ?? chosen;
  const one = records.find((record) => record.seq === seq);
  const go = open ?? (({ seq }: FlightRecord): void => choose(seq));
  const nameOf = ({ actor = "" }: Happening): string => {
    const known = scene.picture.actors.get(actor);
    return known ? partName(known) : actor.replace(/\/(.{12}).*/, " $1");
  };
  const aside = html`<span class="soft">newest first</span>
    <div class="end">
      <${Choice}
        name="events"
        label="How much is told"
        value=${shape}
        choose=${setShape}
        options=${[
          { value: "compact", text: "compact" },
          { value: "full", text: "every record" },
        ]}
      />
    </div>`;
  return html`
    <${Sheet}
      title=${title}
      aside=${aside}
      empty=${rows.length === 0 ? "Nothing has happened here since the recording begins." : undefined}
    >
      <${Rows}
        label=${title}
        rows=${rows}
        keyOf=${({ record }: Happening) => record.seq}
        selected=${({ record }: Happening) => record.seq === seq}
        open=${({ record }: Happening) => go(record)}
        columns=${[
          { head: "time", cell: ({ record }: Happening) => clockTime(wallAt(scene, record.mono)) },
          {
            head: "ago",
            number: true,
            cell: ({ record }: Happening) => html`<span class="soft">${lasting(scene.now - record.mono)}</span>`,
          },
          { head: "who", cell: nameOf },
          { head: "what", cell: ({ what, mood }: Happening) => html`<${Mark} mood=${mood} /><code>${what}</code>` },
          { head: "and then", cell: ({ detail }: Happening) => detail },
          {
            head: "number",
            number: true,
            cell: ({ record }: Happening) => html`<span class="soft">${record.seq}</span>`,
          },
        ]}
      />
    <//>
    ${
      one && !open
        ? html`<${RecordDetail}
            scene=${scene}
            record=${one}
            cause=${causeOf(scene.records, one)}
            go=${(record: FlightRecord) => choose(record.seq)}
          />`
        : null
    }
  `;
};
