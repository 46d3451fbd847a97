import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/globalSetup.ts"],
    reporters: ["default", ["json", { outputFile: "build/test-results.json" }]],
    // Against hanging only: no test is about time.
    testTimeout: 600_000,
    hookTimeout: 900_000,
    // Provers and a browser run beside the tests: more test processes than cores only gets in their way.
    maxWorkers: 2,
    // A report, asked for with `npm run coverage`: no threshold.
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      reporter: ["text-summary", "html"],
      reportsDirectory: "build/coverage",
    },
  },
});
