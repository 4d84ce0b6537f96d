import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => ({
  plugins: [react()],
  // Docker Desktop loads the page from a folder of the host, not from the root of a server.
  base: "./",
  build: { outDir: "build" },
  server: {
    port: 3000,
    strictPort: true,
    // Any other page on this machine could otherwise read what the dev server serves.
    cors: false,
  },
  test: {
    environment: "happy-dom",
    // Those of e2e/ need a browser, and have a configuration of their own.
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test-setup.ts"],
    // Docker's packages are ES modules labelled as CommonJS: Node cannot load them by itself.
    server: { deps: { inline: [/@docker\//] } },
  },
  // @docker/extension-api-client names its entry only under "browser".
  resolve: mode === "test" ? { mainFields: ["browser", "module", "main"] } : {},
}));
