/**
 * The page that a recording is put into. What stands here is read without a script; the build puts the player in its place.
 */
import { PLACE, PLAIN_PLACE } from "./recording.ts";

export const template = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Recording of a Troupe node</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.2rem 0.8rem 0.2rem 0; border-bottom: 1px solid #8884; }
td { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
code { font: 13px/1.5 ui-monospace, monospace; }
</style>
</head>
<body>
<main>
${PLAIN_PLACE}
</main>
${PLACE}
</body>
</html>
`;
