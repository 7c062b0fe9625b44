/** The crictl that specs use. It is kept in the user's cache: built once, it serves every clone. */
import { homedir } from "node:os";
import { join } from "node:path";

export const crictlVersion = "v1.36.0";
const caches = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
export const crictl = join(caches, "troupe", "crictl", crictlVersion, "crictl");
