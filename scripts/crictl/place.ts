/** The crictl that specs use, and where it is kept once it was built. */
import { fileURLToPath } from "node:url";

export const crictlVersion = "v1.36.0";
export const crictl = fileURLToPath(new URL(`../../.cache/crictl/${crictlVersion}/crictl`, import.meta.url));
