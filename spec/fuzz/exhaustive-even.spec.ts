/** The even ones of all sequences: each half has a process of its own. */
import { exhausted } from "./exhausted.ts";

exhausted("even");
