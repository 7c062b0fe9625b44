/** One of a few, all in sight. */
import type { VNode } from "preact";
import { html } from "./html.ts";

export interface ChoiceOptions {
  /** Of the group, once in a page. */
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly text: string }[];
  readonly choose: (value: string) => void;
}

export const Choice = ({ name, label, value, options, choose }: ChoiceOptions): VNode => html`
  <fieldset class="choice">
    <legend class="hidden">${label}</legend>
    ${options.map(
      (option) =>
        html`<label key=${option.value}
          ><input
            type="radio"
            name=${name}
            value=${option.value}
            checked=${option.value === value}
            onChange=${() => choose(option.value)}
          />${option.text}</label
        >`,
    )}
  </fieldset>
`;
