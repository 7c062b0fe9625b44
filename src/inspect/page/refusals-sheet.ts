/**
 * What clients were refused, and have not been granted since. A pod whose creation fails is at rest between two tries of the
 * kubelet, and often not there at all: its cause stands nowhere else.
 */
import type { VNode } from "preact";
import type { Refusal } from "../refusals.ts";
import { lasting } from "../words.ts";
import { html } from "./html.ts";
import { Rows } from "./rows.ts";
import type { Scene } from "./scene.ts";
import { Sheet } from "./sheet.ts";

/** The kubelet tries what it still wants more often than this. */
const CURRENT_MS = 600_000;
const SHOWN = 12;

export const RefusalsSheet = ({ scene }: { readonly scene: Scene }): VNode | null => {
  const { picture, now } = scene;
  const refused = picture.refusals
    .list()
    .filter(({ mono }) => now - mono < CURRENT_MS)
    .toReversed()
    .slice(0, SHOWN);
  if (refused.length === 0) return null;
  const aside = html`<span class="soft">ends when the client asks again and it is done</span>`;
  return html`<${Sheet} title="Refused" aside=${aside}>
    <${Rows}
      label="Calls that were refused or failed"
      rows=${refused}
      keyOf=${({ method, about }: Refusal) => `${method} ${about}`}
      columns=${[
        { head: "call", cell: ({ method }: Refusal) => method },
        { head: "answer", told: true, cell: ({ text, code }: Refusal) => text ?? code },
        { head: "ago", number: true, cell: ({ mono }: Refusal) => lasting(now - mono) },
      ]}
    />
  <//>`;
};
