import { passesQuickSpecs } from "../support/critest.ts";

passesQuickSpecs("runc");
