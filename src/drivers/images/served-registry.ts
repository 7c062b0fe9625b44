/** What `troupe image load` serves of an archive, for as long as it runs: to the daemon a registry like any other. */
import type { ImageServer } from "../../vocabulary/index.ts";
import { httpClient } from "./http.ts";
import { repositoryOf, type Reference } from "./reference.ts";
import { openRegistry, type Registry } from "./registry.ts";

export const servedRegistry = ({ port, secret }: ImageServer, reference: Reference): Registry =>
  openRegistry({
    endpoint: { base: `http://127.0.0.1:${port}`, repository: repositoryOf(reference), insecure: true },
    http: httpClient({ insecure: true }),
    credentials: { kind: "password", username: "troupe", password: secret },
  });
