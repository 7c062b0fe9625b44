import { passesQuickSpecs } from "../support/critest.ts";

passesQuickSpecs("crun");
