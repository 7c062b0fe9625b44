/** The registries of this node, as its files say, read anew for each pull: a change holds for the next one. */
import { endpointsBy, type ConfiguredEndpoint } from "./endpoints.ts";
import { parseWritten, type Reference, type WrittenReference } from "./reference.ts";
import { parseRegistriesConf, type RegistriesConf } from "./registries-conf.ts";
import { readRegistriesFiles, readShortNameAliases } from "./registries-files.ts";
import { candidatesFor, meaningsOf, shortNamesOf, type Candidate, type ShortNameMode } from "./short-names.ts";

/** Each is read when the files are. */
export interface RegistriesOptions {
  /** `/etc/containers/registries.conf`; what lies beside it in `registries.conf.d` holds too. */
  readonly file: string;
  /** `/var/cache/containers/short-name-aliases.conf`: aliases that hold before those of the other files. */
  readonly aliasesFile: string;
  /** Absent: as the files say. */
  readonly shortNameMode?: ShortNameMode | undefined;
  /** Hosts that need no TLS, whatever the files say. */
  readonly insecure: readonly string[];
  /** Told once of each thing in the files that has no effect. */
  readonly warn: (text: string) => void;
}

/** What the files said at one moment. */
export interface RegistriesThen {
  readonly conf: RegistriesConf;
  /** What is tried for a reference, in this order; never empty. Throws Failed. */
  candidates(written: WrittenReference): readonly Candidate[];
  /** Mirrors first, the registry that the reference names last; never empty. Throws Failed and Invalid. */
  endpoints(reference: Reference): readonly ConfiguredEndpoint[];
}

export interface Registries {
  /** Throws Invalid for a file that cannot be read, and Cancelled. */
  read(signal: AbortSignal): Promise<RegistriesThen>;
  /** All that `text` may name, as the files were read last, from memory. Throws Invalid for what is no reference. */
  meanings(text: string): readonly Reference[];
}

export const configuredRegistries = (options: RegistriesOptions): Registries => {
  const told = new Set<string>();
  let shortNames = shortNamesOf([]);
  const tellOnce = (text: string): void => {
    if (told.has(text)) return;
    told.add(text);
    options.warn(text);
  };
  return {
    async read(signal) {
      const { file, aliasesFile, insecure, shortNameMode } = options;
      const [files, aliases] = await Promise.all([
        readRegistriesFiles(file, signal),
        readShortNameAliases(aliasesFile, signal),
      ]);
      const conf = parseRegistriesConf(files, aliases);
      conf.warnings.forEach(tellOnce);
      ({ shortNames } = conf);
      return {
        conf,
        candidates: (written) => candidatesFor(written, conf.shortNames, shortNameMode),
        endpoints: (reference) => endpointsBy(conf, insecure, reference),
      };
    },
    meanings: (text) => meaningsOf(parseWritten(text), shortNames).map(({ reference }) => reference),
  };
};
