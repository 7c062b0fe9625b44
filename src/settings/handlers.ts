/** `[troupe.runtime.runtimes.NAME]`: the runtime handlers of this node, keys as in crio.conf's `[crio.runtime.runtimes.NAME]`. */
import { Invalid } from "../errors.ts";

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

/** Undefined: a value of the wrong kind. */
const settings: Readonly<Record<string, { readonly kind: string; readonly read: Setting }>> = {
  runtime_path: {
    kind: "a string",
    read: (value) => (typeof value === "string" ? (value === "" ? {} : { path: value }) : undefined),
  },
  privileged_without_host_devices: {
    kind: "a boolean",
    read: (value) => (typeof value === "boolean" ? { privilegedWithoutHostDevices: value } : undefined),
  },
  allowed_annotations: {
    kind: "a list of strings",
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
  const setting = settings[word];
  if (!setting) {
    warnings.push(`${file}: unknown key ${key} is ignored; handlers know ${Object.keys(settings).join(", ")}`);
    return;
  }
  const read = setting.read(value);
  if (!read) throw new Invalid(`${file}: ${key} is to be ${setting.kind}`);
  handlers.set(name, { ...handlers.get(name), name, ...read });
};
