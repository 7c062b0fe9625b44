/** Which registries a pull asks, by the settings as they are when it begins. */
import type { RegistriesOptions } from "../drivers/images/registries.ts";
import type { Settings } from "../settings.ts";

export const registriesOf = (settings: () => Settings, warn: (text: string) => void): RegistriesOptions => ({
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
