/** `[troupe.runtime.runtimes.NAME]`: the runtime handlers of this node, keys as in crio.conf's `[crio.runtime.runtimes.NAME]`. */
import { Invalid } from "../errors.ts";
import type { Reach } from "./files.ts";

export interface RuntimeHandler {
  readonly name: string;
  /** Absent: looked for in PATH under the handler's name. */
  readonly path?: string;
  /** A privileged container gets no devices of the host but those that it names. */
  readonly privilegedWithoutHostDevices?: boolean;
  /** Annotations of pods that this handler obeys, each a name or the beginning of some; absent: none. */
  readonly allowedAnnotations?: readonly string[];
}

export const HANDLERS = "troupe.runtime.runtimes";

type Setting = (value: unknown) => Partial<RuntimeHandler> | undefined;

interface HandlerKey {
  readonly kind: string;
  readonly field: Exclude<keyof RuntimeHandler, "name">;
  /** Absent: a running daemon does not take it over. */
  readonly reach?: Reach;
  /** Undefined: a value of the wrong kind. */
  readonly read: Setting;
}

export const HANDLER_KEYS: Readonly<Record<string, HandlerKey>> = {
  runtime_path: {
    kind: "a string",
    field: "path",
    read: (value) => (typeof value === "string" ? (value === "" ? {} : { path: value }) : undefined),
  },
  privileged_without_host_devices: {
    kind: "a boolean",
    field: "privilegedWithoutHostDevices",
    reach: "for new containers",
    read: (value) => (typeof value === "boolean" ? { privilegedWithoutHostDevices: value } : undefined),
  },
  allowed_annotations: {
    kind: "a list of strings",
    field: "allowedAnnotations",
    reach: "from now on",
    read: (value) =>
      Array.isArray(value) && value.every((one) => typeof one === "string") ? { allowedAnnotations: value } : undefined,
  },
};

interface ReadHandlers {
  readonly handlers: Map<string, RuntimeHandler>;
  readonly warnings: string[];
}

/** Takes one leaf of the table up, `key` with its full name. Throws Invalid for a value of the wrong kind. */
export const readHandler = (file: string, key: string, value: unknown, { handlers, warnings }: ReadHandlers): void => {
  const [name = "", word = ""] = key.slice(HANDLERS.length + 1).split(/\.(?=[^.]*$)/);
  const setting = HANDLER_KEYS[word];
  if (!setting) {
    warnings.push(`${file}: unknown key ${key} is ignored; handlers know ${Object.keys(HANDLER_KEYS).join(", ")}`);
    return;
  }
  const read = setting.read(value);
  if (!read) throw new Invalid(`${file}: ${key} is to be ${setting.kind}`);
  handlers.set(name, { ...handlers.get(name), name, ...read });
};
