/** Writes records to the store in its first argument for ever, 20 at a time, and says the number of each that is acknowledged. */
import { writeSync } from "node:fs";
import { durableStore } from "../../../src/drivers/records/durable.ts";

const store = await durableStore({
  file: process.argv[2] ?? "",
  failed: (error) => {
    throw error;
  },
});
const write = async (from: number): Promise<never> => {
  for (let number = from; ; number += 20) {
    const json = JSON.stringify({ number, text: String(number).repeat(100) });
    await store.put("leaks", String(number).padStart(9, "0"), json);
    writeSync(1, `${number}\n`);
  }
};
await Promise.all(Array.from({ length: 20 }, (_, from) => write(from)));
