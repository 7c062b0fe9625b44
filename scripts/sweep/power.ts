import { testBed, type TestBed } from "../../spec/support/test-bed.ts";
import type { Point, Swept } from "./point.ts";
export const powerBed = (): Promise<TestBed> => testBed({ name: "sweep" });
export const losePowerInLife = (_bed: TestBed, _point: Point): Promise<Swept> => Promise.resolve({ findings: [] });
