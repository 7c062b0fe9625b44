/** Loaded into a daemon beside its program (`--import`): keeps its event loop busy for some seconds at each SIGUSR2. */
import { isMainThread } from "node:worker_threads";

const { searchParams } = new URL(import.meta.url);
const [word, ms] = [searchParams.get("word"), Number(searchParams.get("ms"))];

function busyHook(): void {
  for (const until = Date.now() + ms; Date.now() < until;);
}

// What it starts may inherit the option: meant is who has `word` among its arguments.
if (isMainThread && word !== null && process.argv.includes(word)) process.on("SIGUSR2", busyHook);
