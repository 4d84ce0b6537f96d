import { expect } from "vitest";
import type { Tab } from "./harness/tab";
import { test } from "./harness/test";

type Scheme = "light" | "dark";

const SCHEMES: Scheme[] = ["light", "dark"];

/** How many seconds of the chart a picture shows. */
const SAMPLES = Number(process.env["PICTURE_SAMPLES"] ?? 5);

/** Relative luminance of a colour as the browser writes it, from 0 (black) to 1. */
function luminance(color: string): number {
  const [r = 0, g = 0, b = 0] = (color.match(/[\d.]+/g) ?? []).map((text) => {
    const channel = Number(text) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

async function show(tab: Tab, colorScheme: Scheme): Promise<void> {
  await tab.page.emulateMedia({ colorScheme });
  await tab.page.getByRole("region", { name: "Disks" }).waitFor();
}

for (const scheme of SCHEMES) {
  test(`the page is readable in the ${scheme} theme`, async ({ tab }) => {
    await show(tab, scheme);
    const colors = (selector: string) =>
      tab.page.locator(selector).first().evaluate((element) => {
        const { color, backgroundColor } = getComputedStyle(element);
        return { color, backgroundColor };
      });
    const ground = luminance((await colors("body")).backgroundColor);
    const text = luminance((await colors("h1")).color);
    expect(ground > 0.5).toBe(scheme === "light");
    expect((Math.max(ground, text) + 0.05) / (Math.min(ground, text) + 0.05)).toBeGreaterThan(7);
  });

  test(`pictures of the ${scheme} theme`, { timeout: 60_000 + SAMPLES * 1000 }, async ({ tab }) => {
    await show(tab, scheme);
    await tab.picture(`report-${scheme}`);
    await tab.page.getByRole("button", { name: "Start" }).click();
    const samples = async () => (await tab.page.locator("polyline").first().getAttribute("points"))?.split(" ").length ?? 0;
    await expect.poll(samples, { timeout: 30_000 + SAMPLES * 1000, interval: 500 }).toBeGreaterThanOrEqual(SAMPLES);
    await tab.picture(`live-${scheme}`);
  });
}

test("the theme follows the system while the page is open", async ({ tab }) => {
  const ground = () => tab.page.locator("body").evaluate((body) => getComputedStyle(body).backgroundColor);
  await show(tab, "light");
  const light = await ground();
  await show(tab, "dark");
  await expect.poll(ground).not.toBe(light);
});
