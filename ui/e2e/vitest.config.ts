import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["e2e/**/*.test.ts"],
    globalSetup: "e2e/harness/build.ts",
    // Run one browser and one preview at a time.
    fileParallelism: false,
    testTimeout: 60_000,
  },
});
