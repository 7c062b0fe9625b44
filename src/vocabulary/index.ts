export * from "./configs.ts";
export * from "./exit.ts";
export * from "./ids.ts";
export * from "./images.ts";
export * from "./pod-annotations.ts";
export * from "./things.ts";
export * from "./time.ts";
export * from "./views.ts";
