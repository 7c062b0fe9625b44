/** The whole node: how it is in a sentence, who is stuck and why, what is under way, its pods, and its daemon. */
import type { VNode } from "preact";
import { moodOf, type Explaining, type Waiting } from "../health.ts";
import { actorName, lasting, plural } from "../words.ts";
import { CallsSheet, ClientsSheet } from "./calls.ts";
import { Countdown } from "./countdown.ts";
import { DaemonSheet, StallsSheet, WordsSheet } from "./daemon-sheets.ts";
import { ExplainCard } from "./explain-card.ts";
import { html } from "./html.ts";
import { Mark } from "./mark.ts";
import { PodsSheet } from "./pods-sheet.ts";
import { podLink } from "./route.ts";
import { Rows } from "./rows.ts";
import { healthIn, type Scene } from "./scene.ts";
import { Sheet } from "./sheet.ts";

/** More cards than that nobody reads; the rest stands in the table below them. */
const CARDS = 6;

interface WaitingOptions {
  readonly scene: Scene;
  readonly explaining: Explaining;
  readonly waiting: readonly Waiting[];
}

const UnderWay = ({ scene, explaining, waiting }: WaitingOptions): VNode | null => {
  const { picture, now } = scene;
  const podOf = ({ actor }: Waiting): string | undefined => picture.podOf(actor.id);
  if (waiting.length === 0) return null;
  return html`<${Sheet} title="Under way" aside=${html`<span class="soft">${plural(waiting.length, "actor")}</span>`}>
    <${Rows}
      label="Actors that are not at rest"
      rows=${waiting}
      keyOf=${({ actor }: Waiting) => actor.id}
      open=${(one: Waiting) => {
        const pod = podOf(one);
        if (pod !== undefined) location.hash = podLink(pod);
      }}
      columns=${[
        {
          head: "actor",
          cell: ({ actor }: Waiting) => html`<${Mark} mood=${moodOf(actor)} />${actorName(picture, actor)}`,
        },
        { head: "state", cell: ({ actor }: Waiting) => html`<code>${actor.state}</code>` },
        { head: "waits for", cell: ({ actor }: Waiting) => html`<code>${explaining.of(actor.id)?.waitsFor}</code>` },
        { head: "for", number: true, cell: ({ since }: Waiting) => lasting(now - since) },
        {
          head: "until",
          cell: ({ actor }: Waiting) => {
            const { until, since = now } = explaining.of(actor.id) ?? {};
            return until ? html`<${Countdown} since=${Math.min(since, until.at)} at=${until.at} now=${now} />` : "";
          },
        },
      ]}
    />
  <//>`;
};

export const NodePage = ({ scene }: { readonly scene: Scene }): VNode => {
  const { picture, host, alive, stall } = scene;
  const { explaining, health } = healthIn(scene);
  const { sentence, stuck, waiting } = health;
  const title = !alive ? `No daemon; when it stopped: ${sentence}` : stall ? "The daemon stands still" : sentence;
  const cards = stuck.slice(0, CARDS);
  const rest = waiting.filter((one) => !cards.includes(one));
  return html`
    <div class="title">
      <h1 tabindex="-1"><${Mark} mood=${stuck.length > 0 || !alive || stall ? "trouble" : "rest"} />${title}</h1>
      <p class="soft">${host === "" ? "" : `${host}, `}${plural(picture.actors.size, "actor")}</p>
    </div>
    <div class="columns">
      <div class="stack">
        ${
          cards.length === 0
            ? null
            : html`<section class="cards" aria-label="Stuck">
                ${cards.map(
                  ({ actor }) =>
                    html`<${ExplainCard} key=${actor.id} scene=${scene} explaining=${explaining} actor=${actor} />`,
                )}
              </section>`
        }
        <${UnderWay} scene=${scene} explaining=${explaining} waiting=${rest} />
        <${ClientsSheet} scene=${scene} />
        <${CallsSheet} scene=${scene} />
        <${PodsSheet} scene=${scene} />
      </div>
      <div class="stack">
        <${DaemonSheet} scene=${scene} />
        <${StallsSheet} scene=${scene} />
        <${WordsSheet} scene=${scene} />
      </div>
    </div>
  `;
};
