/** The whole node: how it is in a sentence, who is stuck and why, what is under way, its pods, and its daemon. */
import type { VNode } from "preact";
import { plural } from "../words.ts";
import { CallsSheet, ClientsSheet } from "./calls.ts";
import { DaemonSheet, StallsSheet, WordsSheet } from "./daemon-sheets.ts";
import { ExplainCard } from "./explain-card.ts";
import { html } from "./html.ts";
import { Mark } from "./mark.ts";
import { PodsSheet } from "./pods-sheet.ts";
import { RefusalsSheet } from "./refusals-sheet.ts";
import { healthIn, type Scene } from "./scene.ts";
import { UnderWaySheet } from "./under-way-sheet.ts";

/** More cards than that nobody reads; the rest stands in the table below them. */
const CARDS = 6;

export const NodePage = ({ scene }: { readonly scene: Scene }): VNode => {
  const { picture, host, alive, stall } = scene;
  const { explaining, health } = healthIn(scene);
  const { sentence, stuck, inTrouble, waiting } = health;
  const title = !alive ? `No daemon; when it stopped: ${sentence}` : stall ? "The daemon stands still" : sentence;
  const cards = [...stuck, ...inTrouble].slice(0, CARDS);
  const mood = cards.length > 0 || !alive || stall ? "trouble" : "rest";
  const rest = waiting.filter((one) => !cards.includes(one));
  return html`
    <div class="title">
      <h1 tabindex="-1"><${Mark} mood=${mood} />${title}</h1>
      <p class="soft">${host === "" ? "" : `${host}, `}${plural(picture.actors.size, "actor")}</p>
    </div>
    <div class="columns">
      <div class="stack">
        ${
          cards.length === 0
            ? null
            : html`<section class="cards" aria-label="Stuck, or after a failure">
                ${cards.map(
                  ({ actor }) =>
                    html`<${ExplainCard} key=${actor.id} scene=${scene} explaining=${explaining} actor=${actor} />`,
                )}
              </section>`
        }
        <${UnderWaySheet} scene=${scene} explaining=${explaining} waiting=${rest} />
        <${RefusalsSheet} scene=${scene} />
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
