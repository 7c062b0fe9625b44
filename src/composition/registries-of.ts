/** Which registries a pull asks, how and with which credentials, by the settings as they are when it begins. */
import { homedir } from "node:os";
import { keyring, type KeyringOptions } from "../drivers/images/access/keyring.ts";
import { registryAccess, type RegistryAccess } from "../drivers/images/access/registry-access.ts";
import { registryClients } from "../drivers/images/access/registry-clients.ts";
import { certificatePlaces } from "../drivers/images/access/host-certificates.ts";
import { proxiesIn } from "../drivers/images/access/proxies.ts";
import { rootFiles } from "../drivers/images/access/system-roots.ts";
import { configuredRegistries, type Registries, type RegistriesOptions } from "../drivers/images/registries.ts";
import { gatekeeper, type Gatekeeper } from "../drivers/images/trust/gatekeeper.ts";
import type { Settings } from "../settings.ts";

const optionsOf = (settings: () => Settings, warn: (text: string) => void): RegistriesOptions => ({
  get file() {
    return settings().registriesConf;
  },
  aliasesFile: "/var/cache/containers/short-name-aliases.conf",
  get shortNameMode() {
    return settings().shortNameMode;
  },
  get insecure() {
    return settings().insecureRegistries;
  },
  warn,
});

/** Some ask a server of the cloud, which takes seconds. */
const HELPER_WITHIN_MS = 30_000;

const keyringOf = (settings: () => Settings): KeyringOptions => ({
  get authFile() {
    return settings().globalAuthFile;
  },
  env: Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  ),
  home: homedir(),
  uid: process.getuid?.() ?? 0,
  helperWithinMs: HELPER_WITHIN_MS,
});

/** With the environment of this process. */
export const registriesOf = (
  settings: () => Settings,
  warn: (text: string) => void,
): { readonly registries: Registries; readonly access: RegistryAccess; readonly gatekeeper: Gatekeeper } => ({
  registries: configuredRegistries(optionsOf(settings, warn)),
  access: registryAccess(
    keyring(keyringOf(settings)),
    registryClients({
      certificatePlaces: certificatePlaces(homedir()),
      rootFiles: rootFiles(process.env),
      proxyFor: proxiesIn(process.env),
    }),
  ),
  gatekeeper: gatekeeper({
    registriesDirectory: "/etc/containers/registries.d",
    get file() {
      return settings().signaturePolicy;
    },
  }),
});
