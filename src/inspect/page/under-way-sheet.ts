/** Who is not at rest, on the page of the node: what each waits for, what that is at, and what ends it. */
import type { VNode } from "preact";
import { moodOf, type Explaining, type Waiting } from "../health.ts";
import { actorName, lasting, plural } from "../words.ts";
import { Ending } from "./ending.ts";
import { html } from "./html.ts";
import { Mark } from "./mark.ts";
import { podLink } from "./route.ts";
import { Rows } from "./rows.ts";
import type { Scene } from "./scene.ts";
import { Sheet } from "./sheet.ts";

export interface UnderWayOptions {
  readonly scene: Scene;
  readonly explaining: Explaining;
  readonly waiting: readonly Waiting[];
}

const Awaited = ({ explaining, id }: { readonly explaining: Explaining; readonly id: string }): VNode | null => {
  const { waitsFor, call } = explaining.of(id) ?? {};
  return html`<code>${waitsFor}</code>${call?.doing ? `, at ${call.doing.text}` : ""}`;
};

export const UnderWaySheet = ({ scene, explaining, waiting }: UnderWayOptions): VNode | null => {
  const { picture, now } = scene;
  if (waiting.length === 0) return null;
  const open = ({ actor }: Waiting): void => {
    const pod = picture.podOf(actor.id);
    if (pod !== undefined) location.hash = podLink(pod);
  };
  return html`<${Sheet} title="Under way" aside=${html`<span class="soft">${plural(waiting.length, "actor")}</span>`}>
    <${Rows}
      label="Actors that are not at rest"
      rows=${waiting}
      keyOf=${({ actor }: Waiting) => actor.id}
      open=${open}
      columns=${[
        {
          head: "actor",
          cell: ({ actor }: Waiting) => html`<${Mark} mood=${moodOf(actor)} />${actorName(picture, actor)}`,
        },
        { head: "state", cell: ({ actor }: Waiting) => html`<code>${actor.state}</code>` },
        {
          head: "waits for",
          told: true,
          cell: ({ actor }: Waiting) => html`<${Awaited} explaining=${explaining} id=${actor.id} />`,
        },
        { head: "for", number: true, cell: ({ since }: Waiting) => lasting(now - since) },
        {
          head: "ends with",
          cell: ({ actor }: Waiting) => {
            const it = explaining.of(actor.id);
            return it?.waitsFor === undefined ? "" : html`<${Ending} it=${it} now=${now} />`;
          },
        },
      ]}
    />
  <//>`;
};
