/** The tools of cri-tools that specs use. They are kept in the user's cache: built once, they serve every clone. */
import { homedir } from "node:os";
import { join } from "node:path";

export const criToolsVersion = "v1.36.0";
export const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "troupe");

export type CriTool = "crictl" | "critest";
export const placeOf = (tool: CriTool): string => join(cache, tool, criToolsVersion, tool);

export const crictl = placeOf("crictl");
export const critest = placeOf("critest");
