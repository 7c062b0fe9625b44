/**
 * Text from elsewhere as a terminal may have it: a pod's name or a program's last words may hold sequences that move the cursor,
 * rename the window or worse.
 */

const UNSAFE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

const ESCAPES: Readonly<Record<string, string>> = { "\n": " ", "\t": " ", "\r": " " };

/** In one line; what controls a terminal is shown as `\x1b`. */
export const plain = (text: string): string =>
  text.replace(UNSAFE, (found) => ESCAPES[found] ?? `\\x${found.codePointAt(0)?.toString(16).padStart(2, "0")}`);

/** Markdown of a line as text: links without their addresses. */
export const unlinked = (markdown: string): string => markdown.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
