/** This version of Troupe; package.json says the same, which a spec holds them to. */
export const version = "0.1.0";
