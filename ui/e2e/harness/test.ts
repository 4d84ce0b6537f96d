import type { Browser } from "playwright-core";
import { test as base, expect } from "vitest";
import { launchChromium } from "./chromium";
import { Preview } from "./preview";
import { Tab } from "./tab";

interface Fixtures {
  /** Shared by the tests of a file. */
  readonly preview: Preview;
  /** Shared by the tests of a file. */
  readonly browser: Browser;
  /** Opened for each test. The test fails if the console has an error that it has not taken with `takeProblems`. */
  readonly tab: Tab;
}

/** Returns a `test` function whose preview is started with `flags`. */
export function previewTest(...flags: string[]) {
  return base.extend<Fixtures>({
    preview: [
      async ({}, use) => {
        const preview = await Preview.start(flags);
        await use(preview);
        await preview.stop();
      },
      { scope: "file" },
    ],
    browser: [
      async ({}, use) => {
        const browser = await launchChromium();
        await use(browser);
        await browser.close();
      },
      { scope: "file" },
    ],
    tab: async ({ browser, preview }, use) => {
      const tab = await Tab.open(browser, preview);
      await use(tab);
      const problems = tab.takeProblems();
      await tab.close();
      expect(problems, "errors in the browser's console").toEqual([]);
    },
  });
}

export const test = previewTest();
