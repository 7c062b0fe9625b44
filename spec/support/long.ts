/**
 * How much of a property is tried: a part of it by default, all of it in the long mode, `TROUPE_LONG=1 npm test`.
 */
export const long: boolean = process.env["TROUPE_LONG"] === "1";

export const cases = (usually: number, atLength: number): number => (long ? atLength : usually);
