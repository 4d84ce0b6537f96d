import { expect } from "vitest";
import type { Tab } from "./harness/tab";
import { test } from "./harness/test";

type Scheme = "light" | "dark";

const SCHEMES: Scheme[] = ["light", "dark"];

/** How many samples, one per second, the chart has when a screenshot is taken. */
const SAMPLES = Number(process.env["SCREENSHOT_SAMPLES"] ?? 5);

/** Relative luminance of a CSS colour such as `rgb(255, 0, 0)`, from 0 (black) to 1 (white). */
function luminance(color: string): number {
  const [r = 0, g = 0, b = 0] = (color.match(/[\d.]+/g) ?? []).map((text) => {
    const channel = Number(text) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Switches to a colour scheme, and waits for the report. */
async function show(tab: Tab, colorScheme: Scheme): Promise<void> {
  await tab.page.emulateMedia({ colorScheme });
  await tab.page.getByRole("region", { name: "Disks" }).waitFor();
}

for (const scheme of SCHEMES) {
  test(`the text is readable in the ${scheme} theme`, async ({ tab }) => {
    await show(tab, scheme);
    const colors = (selector: string) =>
      tab.page.locator(selector).first().evaluate((element) => {
        const { color, backgroundColor } = getComputedStyle(element);
        return { color, backgroundColor };
      });
    const background = luminance((await colors("body")).backgroundColor);
    const text = luminance((await colors("h1")).color);
    expect(background > 0.5).toBe(scheme === "light");
    expect((Math.max(background, text) + 0.05) / (Math.min(background, text) + 0.05)).toBeGreaterThan(7);
  });

  test(`the focus ring of a filled button is visible in the ${scheme} theme`, async ({ tab }) => {
    await show(tab, scheme);
    await tab.page.getByRole("button", { name: "Stop" }).click();
    const button = tab.page.getByRole("button", { name: "Start" });
    while (!(await button.evaluate((element) => element === document.activeElement))) await tab.page.keyboard.press("Tab");
    // The click has focused it too, but only the keyboard shows the ring.
    await tab.page.keyboard.press("Shift+Tab");
    await tab.page.keyboard.press("Tab");
    const ring = await button.evaluate((element) => {
      const { outlineColor, outlineStyle, outlineWidth, outlineOffset, backgroundColor } = getComputedStyle(element);
      return { outlineColor, outlineStyle, width: parseFloat(outlineWidth), offset: parseFloat(outlineOffset), backgroundColor };
    });
    expect(ring.backgroundColor).not.toBe("rgba(0, 0, 0, 0)");
    expect(ring.outlineStyle).toBe("solid");
    expect([ring.width, ring.offset].every((pixels) => pixels >= 2)).toBe(true);
    const card = await tab.page.getByRole("region", { name: "Live" }).evaluate((element) => getComputedStyle(element).backgroundColor);
    const [lighter = 0, darker = 0] = [luminance(ring.outlineColor), luminance(card)].sort((a, b) => b - a);
    expect((lighter + 0.05) / (darker + 0.05)).toBeGreaterThan(3);
  });

  test(`screenshots of the ${scheme} theme`, { timeout: 60_000 + SAMPLES * 1000 }, async ({ tab }) => {
    await show(tab, scheme);
    await tab.screenshot(`report-${scheme}`);
    const samples = async () => (await tab.page.getByRole("region", { name: "Live" }).locator("polyline").first().getAttribute("points"))?.split(" ").length ?? 0;
    await expect.poll(samples, { timeout: 30_000 + SAMPLES * 1000, interval: 500 }).toBeGreaterThanOrEqual(SAMPLES);
    await tab.screenshot(`live-${scheme}`);
  });
}

test("the theme follows the system while the tab is open", async ({ tab }) => {
  const background = () => tab.page.locator("body").evaluate((body) => getComputedStyle(body).backgroundColor);
  await show(tab, "light");
  const light = await background();
  await show(tab, "dark");
  await expect.poll(background).not.toBe(light);
});
