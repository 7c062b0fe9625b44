/** What has not ended: clients' calls with their deadlines, and driver calls with their bounds. */
import type { VNode } from "preact";
import type { PicturedCall, PicturedRpc } from "../picture.ts";
import { actorName, lasting } from "../words.ts";
import { Countdown } from "./countdown.ts";
import { html } from "./html.ts";
import { Rows } from "./rows.ts";
import type { Scene } from "./scene.ts";
import { Sheet } from "./sheet.ts";

const nameIn = ({ picture }: Scene, id: string): string => {
  const actor = picture.actors.get(id);
  return actor ? actorName(picture, actor) : id;
};

export const ClientsSheet = ({ scene }: { readonly scene: Scene }): VNode => {
  const { picture, now } = scene;
  const rpcs = [...picture.rpcs.values()];
  return html`<${Sheet}
    title="Calls in flight"
    empty=${rpcs.length === 0 ? "No client waits for an answer." : undefined}
  >
    <${Rows}
      label="Calls of clients that have not been answered"
      rows=${rpcs}
      keyOf=${({ n }: PicturedRpc) => n}
      columns=${[
        { head: "call", cell: ({ method }: PicturedRpc) => method },
        {
          head: "waits for",
          cell: ({ actor, about = "" }: PicturedRpc) => (actor === undefined ? about : nameIn(scene, actor)),
        },
        { head: "for", number: true, cell: ({ since }: PicturedRpc) => lasting(now - since) },
        {
          head: "deadline",
          cell: ({ since, wall, deadline }: PicturedRpc) =>
            deadline === undefined
              ? html`<span class="soft">none</span>`
              : html`<${Countdown} since=${since} at=${since + deadline - wall} now=${now} />`,
        },
        { head: "from", cell: ({ agent = "" }: PicturedRpc) => html`<span class="soft">${agent}</span>` },
      ]}
    />
  <//>`;
};

export const CallsSheet = ({ scene }: { readonly scene: Scene }): VNode => {
  const { picture, now } = scene;
  const calls = [...picture.calls.values()].filter(({ driver }) => driver !== "clock");
  return html`<${Sheet}
    title="Driver calls in flight"
    empty=${calls.length === 0 ? "Nothing is being done to the node at this moment." : undefined}
  >
    <${Rows}
      label="Driver calls that have not ended"
      rows=${calls}
      keyOf=${({ n }: PicturedCall) => n}
      columns=${[
        { head: "call", cell: ({ driver, verb }: PicturedCall) => html`<code>${driver}.${verb}</code>` },
        { head: "at", cell: ({ doing }: PicturedCall) => doing?.text },
        { head: "of", cell: ({ by }: PicturedCall) => nameIn(scene, by) },
        { head: "for", number: true, cell: ({ since }: PicturedCall) => lasting(now - since) },
        {
          head: "bound",
          cell: ({ since, boundMs, begun }: PicturedCall) => {
            if (!begun) return "behind an earlier call";
            if (boundMs === null) return html`<span class="soft">none</span>`;
            return html`<${Countdown} since=${since} at=${since + boundMs} now=${now} />`;
          },
        },
      ]}
    />
  <//>`;
};
