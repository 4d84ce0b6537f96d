import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { type Preview, PROJECT } from "./preview";

/** The size of Docker Desktop's tab at its usual window, about. */
const VIEWPORT = { width: 1200, height: 860 };

/** One tab of the browser, in a profile of its own, with the page opened by a fresh link. */
export class Tab {
  /** Errors of the console and of scripts. A test that expects one takes it with `takeProblems`. */
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

  /** Opens `address`, without which it is a new link of the preview. */
  static async open(browser: Browser, preview: Preview, address?: string): Promise<Tab> {
    const context = await browser.newContext({ viewport: VIEWPORT, colorScheme: "light", locale: "en-GB", reducedMotion: "reduce" });
    const tab = new Tab(context, await context.newPage());
    await tab.page.goto(address ?? (await preview.link()));
    return tab;
  }

  /** What went wrong so far; forgotten with this. */
  takeProblems(): string[] {
    return this.#problems.splice(0);
  }

  /**
   * What the Tab key reaches, in order, as a screen reader names it: `button "Refresh"`.
   * Ends where the focus leaves the page, or comes back to its first element.
   */
  async keyboardOrder(): Promise<string[]> {
    const order: string[] = [];
    for (;;) {
      await this.page.keyboard.press("Tab");
      const focus = this.page.locator(":focus");
      if ((await focus.count()) === 0) return order;
      const [name = ""] = (await focus.first().ariaSnapshot()).split("\n");
      const stop = name.replace(/^- /, "").replace(/( \[.*)?:?$/, "");
      if (stop === order[0] || order.length > 200) return order;
      order.push(stop);
    }
  }

  /** Keeps a picture of the page as `target/screenshots/NAME.png`. */
  async picture(name: string): Promise<void> {
    const path = join(PROJECT, "target", "screenshots", `${name}.png`);
    await this.page.locator("body").screenshot({ path, animations: "disabled" });
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
