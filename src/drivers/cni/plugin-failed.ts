/** A CNI plugin that did not do what it was called for, with its own words (CNI spec, section 5: error). */
import { TroupeError, type ErrorCode } from "../../errors.ts";
import { asString, excerpt, parseObject, type JsonObject } from "./json.ts";

/** CNI error codes that Troupe acts on. */
export const pluginCodes = { unknownContainer: 3, badEnvironment: 4, tryAgainLater: 11, notAvailable: 50, limited: 51 };

const errorCodes: Readonly<Record<number, ErrorCode>> = {
  [pluginCodes.tryAgainLater]: "Unavailable",
  [pluginCodes.notAvailable]: "Unavailable",
  [pluginCodes.limited]: "Unavailable",
};

/** `pluginCode` is the CNI error code, absent where the plugin answered nothing that could be read. */
export class PluginFailed extends TroupeError {
  readonly plugin: string;
  readonly command: string;
  readonly pluginCode: number | undefined;
  readonly stderr: string;
  constructor(
    { plugin, command }: { readonly plugin: string; readonly command: string },
    what: string,
    {
      code = "Failed",
      pluginCode,
      stderr = "",
      cause,
    }: {
      readonly code?: ErrorCode;
      readonly pluginCode?: number | undefined;
      readonly stderr?: string;
      readonly cause?: unknown;
    },
  ) {
    super(code, `CNI plugin "${plugin}" ${what}`, cause);
    this.plugin = plugin;
    this.command = command;
    this.pluginCode = pluginCode;
    this.stderr = stderr;
  }
}

const parseAnswer = (stdout: string): JsonObject | undefined => {
  try {
    return parseObject(stdout);
  } catch {
    return undefined;
  }
};

/** What a plugin's failed run means. `ending` says how it ended: `exit status 1`. */
export const pluginFailure = (
  call: { readonly plugin: string; readonly command: string },
  { stdout, stderr, ending }: { readonly stdout: string; readonly stderr: string; readonly ending: string },
): PluginFailed => {
  const answer = parseAnswer(stdout);
  const pluginCode = typeof answer?.["code"] === "number" ? answer["code"] : undefined;
  if (answer === undefined || pluginCode === undefined) {
    const words = [stderr, stdout].find((text) => text.trim() !== "");
    return new PluginFailed(call, `failed in ${call.command}: ${words ? excerpt(words) : ending}`, { stderr });
  }
  const details = asString(answer["details"]);
  const message = asString(answer["msg"]) || "no message";
  const text = `failed in ${call.command}: ${message} (code ${pluginCode}${details ? `; ${details}` : ""})`;
  return new PluginFailed(call, text, { code: errorCodes[pluginCode] ?? "Failed", pluginCode, stderr });
};
