/** How messages look in TypeScript: plain objects with CRI's own field names. */

/** 64-bit integers travel as decimal strings: nanoseconds since 1970 do not fit a JavaScript number. */
export type Int64 = string;

/** A message to be sent: what is left out has its default. */
export type Draft<T> = T extends string | number | boolean | Uint8Array | null
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Draft<Item>[]
    : { readonly [Field in keyof T]?: Draft<T[Field]> | undefined };
