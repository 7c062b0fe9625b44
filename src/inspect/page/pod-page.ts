/** One pod: why it is where it is, its parts, its life as lanes, and all that happened to it. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { isRestless } from "../explained.ts";
import { moodOf, type Explaining } from "../health.ts";
import { lanesOf, type Lanes } from "../lanes.ts";
import type { PicturedActor } from "../picture.ts";
import { podsOf } from "../pods.ts";
import { lasting, partName } from "../words.ts";
import { Choice } from "./choice.ts";
import { Countdown } from "./countdown.ts";
import { Events, type EventsOptions } from "./events-table.ts";
import { ExplainCard } from "./explain-card.ts";
import { html } from "./html.ts";
import { LanesFigure } from "./lanes-figure.ts";
import { Mark } from "./mark.ts";
import { Rows } from "./rows.ts";
import { healthIn, type Scene } from "./scene.ts";
import { Sheet } from "./sheet.ts";

const spans = [
  { value: "all", text: "all of it", ms: undefined },
  { value: "hour", text: "last hour", ms: 3_600_000 },
  { value: "minutes", text: "10 minutes", ms: 600_000 },
  { value: "minute", text: "1 minute", ms: 60_000 },
] as const;

const Parts = ({
  scene,
  explaining,
  actors,
}: {
  scene: Scene;
  explaining: Explaining;
  actors: readonly PicturedActor[];
}): VNode => {
  const { now } = scene;
  return html`<${Sheet}
    title="Parts"
    empty=${actors.length === 0 ? "Nothing of this pod is there any more: what follows is its past." : undefined}
  >
    <${Rows}
      label="Parts of this pod"
      rows=${actors}
      keyOf=${({ id }: PicturedActor) => id}
      columns=${[
        { head: "part", cell: (actor: PicturedActor) => html`<${Mark} mood=${moodOf(actor)} />${partName(actor)}` },
        { head: "state", cell: ({ state }: PicturedActor) => html`<code>${state ?? "crashed"}</code>` },
        { head: "for", number: true, cell: ({ since }: PicturedActor) => lasting(now - since) },
        {
          head: "waits for",
          cell: (actor: PicturedActor) => {
            const waitsFor = moodOf(actor) === "rest" ? undefined : explaining.of(actor.id)?.waitsFor;
            return html`<code>${waitsFor}</code>`;
          },
        },
        {
          head: "until",
          cell: (actor: PicturedActor) => {
            const { until, since = now } = explaining.of(actor.id) ?? {};
            if (!until || moodOf(actor) === "rest") return "";
            return html`<${Countdown} since=${Math.min(since, until.at)} at=${until.at} now=${now} />`;
          },
        },
        { head: "restarts", number: true, cell: ({ incarnation }: PicturedActor) => incarnation - 1 || "" },
      ]}
    />
  <//>`;
};

const Life = ({ scene, lanes }: { readonly scene: Scene; readonly lanes: Lanes }): VNode => {
  const [chosen, choose] = useState<string>("all");
  const span = spans.find(({ value }) => value === chosen)?.ms;
  const aside = html`<div class="end">
    <${Choice} name="span" label="How much of its life" value=${chosen} choose=${choose} options=${spans} />
  </div>`;
  return html`<${Sheet} title="Life" aside=${aside}>
    <${LanesFigure} scene=${scene} lanes=${lanes} span=${span} />
    <p class="legend" aria-hidden="true">
      <span><i class="band rest"></i>at rest</span><span><i class="band work"></i>at work</span>
      <span><i class="band trouble"></i>resting before another try</span><span><i class="call"></i>driver call</span>
      <span><i class="call failed"></i>failed</span><span><i class="band open"></i>has not ended</span>
      <span><i class="flag"></i>deadline</span><span><i class="gap"></i>nothing happens</span>
    </p>
  <//>`;
};

export type PodPageOptions = Pick<EventsOptions, "scene" | "open" | "selected"> & { readonly id: string };

export const PodPage = ({ scene, id, open, selected }: PodPageOptions): VNode => {
  const { picture, base, records } = scene;
  const { explaining } = healthIn(scene);
  const pod = podsOf(picture).find((one) => one.id === id);
  const actors = picture.pod(id).filter((actor) => actor.id !== `pod/${id}`);
  const all = lanesOf(base, records, id);
  // Its supervisor does one thing for all its life.
  const lanes = { ...all, lanes: all.lanes.filter(({ actor }) => actor !== `pod/${id}`) };
  const moving = actors.filter((actor) => isRestless(actor) || moodOf(actor) === "broken");
  const title = pod ? `${pod.namespace === "" ? "" : `${pod.namespace}/`}${pod.name}` : `Pod ${id.slice(0, 12)}`;
  const card = (actor: PicturedActor): VNode =>
    html`<${ExplainCard}
      key=${actor.id}
      scene=${scene}
      explaining=${explaining}
      actor=${actor}
      title=${partName(actor)}
    />`;
  return html`
    <div class="title">
      <h1 tabindex="-1"><${Mark} mood=${pod?.mood ?? "rest"} />${title}</h1>
      <p class="soft"><code>${id}</code></p>
    </div>
    ${
      moving.length > 0
        ? html`<section class="cards" aria-label="What it waits for">${moving.map(card)}</section>`
        : actors.length > 0
          ? html`<p>Everything of this pod is at rest: nothing is awaited.</p>`
          : null
    }
    <${Parts} scene=${scene} explaining=${explaining} actors=${actors} />
    ${
      lanes.lanes.length > 0
        ? html`<${Life} scene=${scene} lanes=${lanes} />`
        : html`<${Sheet}
            title="Life"
            empty="The recording has nothing of this pod: it was gone before, or its id is none."
          />`
    }
    <${Events} scene=${scene} records=${lanes.records} open=${open} selected=${selected} />
  `;
};
