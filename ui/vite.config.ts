import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => ({
  plugins: [react()],
  // Docker Desktop loads the UI from a folder on the host, not from the root of a server.
  base: "./",
  build: { outDir: "build" },
  server: {
    port: 3000,
    strictPort: true,
    // Otherwise any website in a browser on this machine could read what the dev server serves.
    cors: false,
  },
  test: {
    environment: "happy-dom",
    // Tests that need a browser have their own configuration.
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test-setup.ts"],
    // Docker's packages are ES modules but are marked as CommonJS, so Node cannot load them on its own.
    server: { deps: { inline: [/@docker\//] } },
  },
  // @docker/extension-api-client declares its entry point only as "browser".
  resolve: mode === "test" ? { mainFields: ["browser", "module", "main"] } : {},
}));
