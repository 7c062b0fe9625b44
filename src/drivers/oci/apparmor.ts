/** Which AppArmor profiles this host has loaded, and the one of our own, which is loaded when it is missing. */
import { existsSync, readFileSync } from "node:fs";
import { Unavailable } from "../../errors.ts";
import { profileText } from "./apparmor-profile.ts";
import { ask } from "./expendable.ts";

/** The name under which Troupe loads its own. */
export const OWN_PROFILE = "troupe-default";

const PROFILES = "/sys/kernel/security/apparmor/profiles";
const BOUND_MS = 10_000;
/** Replaces one of that name, and writes no cache. */
const LOAD = 'printf %s "$1" | apparmor_parser -Kr';

export interface Apparmor {
  isLoaded(profile: string): boolean;
  /** Loads our own profile as this version has it. Rejects with Unavailable and the reason. */
  load(): Promise<void>;
}

export const hostApparmor: Apparmor = {
  isLoaded: (profile) => existsSync(PROFILES) && profilesIn(readFileSync(PROFILES, "utf8")).includes(profile),

  async load() {
    const daemon = readFileSync("/proc/self/attr/current", "utf8").trim();
    const text = profileText({ name: OWN_PROFILE, daemon, abi: existsSync("/etc/apparmor.d/abi/3.0") });
    try {
      await ask(["sh", "-c", LOAD, "sh", text], `AppArmor profile ${OWN_PROFILE}`, BOUND_MS);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Unavailable(`${reason}; is apparmor_parser installed?`, error);
    }
  },
};

/** A line is `NAME (MODE)`, and a name may have blanks. */
export const profilesIn = (text: string): readonly string[] =>
  text.split("\n").map((line) => line.replace(/ \([a-z]+\)$/, ""));
