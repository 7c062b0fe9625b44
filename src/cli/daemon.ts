/** Asks the running daemon over its inspect socket. */
import { request } from "node:http";
import { join } from "node:path";
import { fromFailure, Unavailable, type Failure } from "../errors.ts";

export const askDaemon = (
  runDir: string,
  method: "GET" | "POST",
  path: string,
  signal?: AbortSignal,
): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const socketPath = join(runDir, "inspect.sock");
    const asked = request({ socketPath, method, path, ...(signal && { signal }) }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
        if (response.statusCode === 200) resolve(body);
        else reject(fromFailure(body as Failure));
      });
    });
    asked.on("error", (error) =>
      reject(new Unavailable(`no daemon answers on ${socketPath}; is troupe serve running?`, error)),
    );
    asked.end();
  });
