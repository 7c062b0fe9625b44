/** The page as the build made it (dist/page/). */
import { readFileSync } from "node:fs";
import { isErrno } from "../../drivers/linux/libc.ts";
import { Failed } from "../../errors.ts";

export interface PageFiles {
  /** Names `style.css`, `page.js` and `icon.svg`. */
  readonly html: string;
  readonly style: string;
  readonly script: string;
  readonly icon: string;
  /** The drawn charts: JSON. */
  readonly charts: string;
}

/** Sources stand in src/cli/ui/, the bundle beside the page. */
const PLACE = new URL(import.meta.url.endsWith(".ts") ? "../../../dist/page/" : "./page/", import.meta.url);

/** Throws where there was no build. */
export const pageFiles = (): PageFiles => {
  const read = (name: string): string => readFileSync(new URL(name, PLACE), "utf8");
  try {
    return {
      html: read("index.html"),
      style: read("style.css"),
      script: read("page.js"),
      icon: read("icon.svg"),
      charts: read("charts.json"),
    };
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
    throw new Failed(`the page is not in ${PLACE.pathname}; run: npm run build`, error);
  }
};
