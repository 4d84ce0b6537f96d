import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { type Preview, PROJECT } from "./preview";

/** About the size of the tab in a Docker Desktop window of the usual size. */
const VIEWPORT = { width: 1200, height: 860 };

/** A browser tab with the UI, opened with a new link, in a profile of its own. */
export class Tab {
  /** Console errors and uncaught exceptions. A test that expects one removes it with `takeProblems`. */
  #problems: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.on("pageerror", (error) => this.#problems.push(`uncaught ${error.name}: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error") this.#problems.push(`console: ${message.text()}`);
    });
  }

  /** Opens `address`, or by default a new link from the preview. */
  static async open(browser: Browser, preview: Preview, address?: string): Promise<Tab> {
    const context = await browser.newContext({ viewport: VIEWPORT, colorScheme: "light", locale: "en-GB", reducedMotion: "reduce" });
    const tab = new Tab(context, await context.newPage());
    await tab.page.goto(address ?? (await preview.link()));
    return tab;
  }

  /** Returns the problems found since the last call. */
  takeProblems(): string[] {
    return this.#problems.splice(0);
  }

  /**
   * Presses Tab repeatedly, and returns the elements that get the focus, named as in a screen reader: `button "Refresh"`.
   * Stops when the focus leaves the page or comes back to the first element.
   */
  async keyboardOrder(): Promise<string[]> {
    const order: string[] = [];
    for (;;) {
      await this.page.keyboard.press("Tab");
      const focus = this.page.locator(":focus");
      if ((await focus.count()) === 0) return order;
      const [name = ""] = (await focus.first().ariaSnapshot()).split("\n");
      const element = name.replace(/^- /, "").replace(/( \[.*)?:?$/, "");
      if (element === order[0] || order.length > 200) return order;
      order.push(element);
    }
  }

  /** Saves a screenshot of the page as `target/screenshots/NAME.png`. */
  async screenshot(name: string): Promise<void> {
    const path = join(PROJECT, "target", "screenshots", `${name}.png`);
    await this.page.locator("body").screenshot({ path, animations: "disabled" });
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
