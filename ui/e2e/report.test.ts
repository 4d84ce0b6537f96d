import { hostname } from "node:os";
import { expect } from "vitest";
import { test } from "./harness/test";
import { vmCard, WITH_BACKEND } from "./vm";

test("the tab shows the report of this machine", async ({ tab: { page } }) => {
  const machine = page.getByRole("region", { name: "Machine" });
  await machine.waitFor();
  await page.getByText(hostname(), { exact: true }).waitFor();
  expect(await machine.getByRole("definition").allTextContents()).toContain(process.arch === "x64" ? "amd64" : "arm64");
  expect(await page.getByRole("main").getByRole("alert").count()).toBe(0);
});

test("Refresh reads the report again", async ({ tab: { page } }) => {
  await page.getByRole("region", { name: "Machine" }).waitFor();
  await page.evaluate(() => {
    const { cli } = (window as any).ddClient.extension.host;
    const { exec } = cli;
    const ends: number[] = ((window as any).ends = []);
    cli.exec = (...call: unknown[]) => exec(...call).finally(() => ends.push(Date.now()));
  });
  const button = page.getByRole("button", { name: "Refresh" });
  await button.focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => page.evaluate(() => (window as any).ends.length)).toBe(1);
  const main = page.getByRole("main");
  await expect.poll(() => main.getAttribute("aria-busy")).toBe("false");
  expect(await main.getByRole("alert").count()).toBe(0);
  expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
});

test("the Tab key reaches every control, in the order of the page", async ({ tab }) => {
  await tab.page.getByRole("region", { name: "Disks" }).waitFor();
  expect(await tab.keyboardOrder()).toEqual(['button "Refresh"', 'button "Stop"']);
});

// The preview runs no backend on Windows.
test.skipIf(process.platform === "win32")("a screen reader finds every part by name, in the order of the page", WITH_BACKEND, async ({ tab }) => {
  const { page } = tab;
  await vmCard(tab);
  await page.getByRole("region", { name: "Disks" }).waitFor();
  await page.getByRole("region", { name: "Live" }).getByRole("img", { name: /^Chart of the last/ }).waitFor();
  const names = (await page.locator("body").ariaSnapshot()).match(/^ *- '?(main|heading|region|button|progressbar|img|status)[^:\n]*/gm);
  // The rest of the chart's name, which describes its samples, differs from run to run.
  const parts = names
    ?.map((line) => line.trim().slice(2).replace(/^'?(img "Chart).*/, '$1"'))
    .filter((name) => !name.startsWith('progressbar "/'));
  expect(parts).toEqual([
    "main",
    `heading "${await page.title()}" [level=1]`,
    'button "Refresh"',
    'region "Machine"',
    'heading "Machine" [level=2]',
    'region "Docker VM"',
    'heading "Docker VM" [level=2]',
    'img "Chart"',
    'region "Usage"',
    'heading "Usage" [level=2]',
    'progressbar "CPU"',
    'progressbar "Memory"',
    'progressbar "Swap"',
    'region "Live"',
    'heading "Live" [level=2]',
    "status",
    'button "Stop"',
    'img "Chart"',
    'region "Disks"',
    'heading "Disks" [level=2]',
  ]);
});

for (const width of [320, 400, 519, 700, 1200]) {
  test(`nothing is cut off in a window of ${width} pixels`, async ({ tab: { page } }) => {
    await page.setViewportSize({ width, height: 860 });
    await page.getByRole("region", { name: "Disks" }).waitFor();
    await page.getByRole("region", { name: "Live" }).getByRole("img", { name: /^Chart of the last/ }).waitFor();
    // A disk as on a Mac, in addition to those of this machine.
    await page.evaluate(() => {
      const { cli } = (window as any).ddClient.extension.host;
      const { exec } = cli;
      const disk = { name: "Data", mount: "/System/Volumes/Data", file_system: "apfs", total_bytes: 494384795648, available_bytes: 182536110080 };
      cli.exec = async (...call: unknown[]) => {
        const result = await exec(...call);
        const report = JSON.parse(result.stdout);
        return { ...result, stdout: JSON.stringify({ ...report, disks: [disk] }) };
      };
    });
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.getByText("/System/Volumes/Data (apfs)").waitFor();
    const cutOff = await page.evaluate(() => {
      const range = document.createRange();
      /** Whether a text is outside the window, or outside an ancestor that hides what does not fit. */
      const isCut = (text: Node): boolean => {
        range.selectNodeContents(text);
        const { right, left } = range.getBoundingClientRect();
        let parent = text.parentElement;
        // Elsewhere, a text that ends in an ellipsis has its whole text as a tooltip.
        const short = parent?.closest("[title]");
        if (!parent || short) return short?.textContent?.includes("apfs") === true && short.scrollWidth > short.clientWidth;
        for (; parent; parent = parent.parentElement) {
          const box = parent.getBoundingClientRect();
          if (getComputedStyle(parent).overflowX !== "visible" && (right > box.right + 1 || left < box.left - 1)) return true;
        }
        return right > innerWidth + 1 || left < 0;
      };
      const texts = document.createTreeWalker(document.querySelector("main") ?? document.body, NodeFilter.SHOW_TEXT);
      const found: string[] = [];
      while (texts.nextNode()) if (texts.currentNode.nodeValue?.trim() && isCut(texts.currentNode)) found.push(texts.currentNode.nodeValue);
      return found;
    });
    expect(cutOff).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });
}
