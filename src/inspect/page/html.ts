/** Markup as tagged templates: what is put in is text or other markup, and never read as HTML. */
import htm from "htm";
import { h, type VNode } from "preact";

type Html = (strings: TemplateStringsArray, ...values: unknown[]) => VNode;

// A CommonJS package by its types, and a function when it runs.
export const html = (htm as unknown as { bind(make: typeof h): Html }).bind(h);
