/** policy.json (containers-policy.json(5)): what is required of an image, by its name. Anything in it that is not known refuses all. */
import { Invalid, quoted } from "../../../errors.ts";
import { formatReference, repositoryOf, type Reference } from "../reference.ts";
import { requirementOf, type Requirement } from "./requirements.ts";
import { Members, parseStrictly } from "./strict-json.ts";

export interface Policy {
  readonly file: string;
  readonly preset: readonly Requirement[];
  /** Of registries' images, by scope. */
  readonly scopes: ReadonlyMap<string, readonly Requirement[]>;
}

/** What holds for one image. */
export interface Rule {
  /** In words: `the scope "quay.io/team"`, `the default`. */
  readonly by: string;
  readonly requirements: readonly Requirement[];
}

/** Throws Invalid, naming the file. */
export const parsePolicy = (file: string, text: string): Policy => {
  const top = new Members(parseStrictly(text, file), `${file}:`);
  const preset = top.take("default");
  if (preset === undefined) throw top.wrong("has no default");
  const transports = new Members(top.take("transports") ?? {}, `${file}: transports`);
  top.done();
  const scopes = transports.rest().flatMap(([transport, value]) => {
    const what = `${file}: the transport ${quoted(transport)}`;
    const read = new Members(value, what)
      .rest()
      .map(([scope, list]) => [scope, listOf(list, `${what}, scope ${quoted(scope)}`)] as const);
    // The others' have to be right too, and say nothing of what comes from a registry.
    return transport === "docker" ? read : [];
  });
  return { file, preset: listOf(preset, `${file}: default`), scopes: new Map(scopes) };
};

const listOf = (value: unknown, what: string): readonly Requirement[] => {
  if (!Array.isArray(value) || value.length === 0)
    throw new Invalid(`${what} is no list of requirements with something in it`);
  return value.map((one, index) => requirementOf(one, `${what}: requirement ${index + 1}`));
};

/** Where a rule for `reference` is looked for, the most specific place first. */
const scopesOf = (reference: Reference): readonly string[] => {
  const parts = repositoryOf(reference).split("/");
  const places = parts.map((_, index) => parts.slice(0, parts.length - index).join("/"));
  const labels = reference.domain.replace(/:\d+$/, "").split(".");
  const wildcards = labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join(".")}`);
  return [formatReference(reference), ...places, ...wildcards, ""];
};

/** Of the most specific scope alone, whatever others say. */
export const ruleFor = ({ preset, scopes }: Policy, reference: Reference): Rule => {
  for (const scope of scopesOf(reference)) {
    const requirements = scopes.get(scope);
    if (requirements) return { by: scope === "" ? "the rest of docker" : `the scope ${quoted(scope)}`, requirements };
  }
  return { by: "the default", requirements: preset };
};
