/** OCI hooks of one container: of the definitions that the operator has put into directories, those whose conditions hold. */
import type { Hook, Hooks, HookStage } from "./runtime-spec.ts";

/** Schema 1.0.0 of oci-hooks(5). A condition that is absent is not asked. */
export interface HookDefinition {
  readonly hook: Hook;
  readonly stages: readonly HookStage[];
  readonly when: {
    readonly always?: boolean;
    /** For each pair the container has an annotation whose name and value match. */
    readonly annotations: readonly (readonly [RegExp, RegExp])[];
    /** One of them matches the command's name; none: it is not asked. */
    readonly commands: readonly RegExp[];
    readonly hasBindMounts?: boolean;
  };
}

/** What conditions are asked about. */
export interface Hooked {
  readonly annotations: Readonly<Record<string, string>>;
  readonly command: string;
  readonly hasBindMounts: boolean;
}

/** In the definitions' order. */
export const hooks = (definitions: readonly HookDefinition[], of: Hooked): readonly Hooks[] =>
  definitions
    .filter(({ when }) => holds(when, of))
    .flatMap(({ hook, stages }) => stages.map((stage) => ({ [stage]: [hook] })));

/** All of them, stage by stage; undefined where there are none. */
export const together = (all: readonly Hooks[]): Hooks | undefined => {
  const stages = [...new Set(all.flatMap((hooks) => Object.keys(hooks) as HookStage[]))];
  if (stages.length === 0) return undefined;
  return Object.fromEntries(stages.map((stage) => [stage, all.flatMap((hooks) => hooks[stage] ?? [])]));
};

/** All conditions, and at least one. */
const holds = (when: HookDefinition["when"], { annotations, command, hasBindMounts }: Hooked): boolean => {
  const pairs = Object.entries(annotations);
  const answers = [
    ...(when.always === undefined ? [] : [when.always]),
    ...(when.hasBindMounts === undefined ? [] : [when.hasBindMounts && hasBindMounts]),
    ...when.annotations.map(([name, value]) => pairs.some(([key, text]) => name.test(key) && value.test(text))),
    ...(when.commands.length > 0 ? [when.commands.some((pattern) => pattern.test(command))] : []),
  ];
  return answers.length > 0 && answers.every(Boolean);
};
