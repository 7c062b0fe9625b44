/** Says who is newly stuck, for who listens to the page: that, and nothing that moves by itself. */
import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { actorName } from "../words.ts";
import { html } from "./html.ts";
import { healthIn, type Scene } from "./scene.ts";

export const Announcer = ({ scene }: { readonly scene: Scene }): VNode => {
  const known = useRef<ReadonlySet<string>>(undefined);
  const said = useRef("");
  const { picture } = scene;
  const { stuck } = healthIn(scene).health;
  const fresh = stuck.filter(({ actor }) => known.current && !known.current.has(actor.id));
  if (fresh.length > 0) said.current = `Newly stuck: ${fresh.map(({ actor }) => actorName(picture, actor)).join(", ")}`;
  known.current = new Set(stuck.map(({ actor }) => actor.id));
  return html`<p class="hidden" aria-live="polite">${said.current}</p>`;
};
