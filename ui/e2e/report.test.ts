import { hostname } from "node:os";
import { expect } from "vitest";
import { test } from "./harness/test";

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
  expect(await tab.keyboardOrder()).toEqual(['button "Refresh"', 'button "Start"']);
});

test("a screen reader finds every part by name, in the order of the page", async ({ tab: { page } }) => {
  await page.getByRole("region", { name: "Disks" }).waitFor();
  const names = (await page.locator("body").ariaSnapshot()).match(/^ *- (main|heading|region|button|progressbar|img|status)[^:\n]*/gm);
  const parts = names?.map((line) => line.trim().slice(2)).filter((name) => !name.startsWith('progressbar "/'));
  expect(parts).toEqual([
    "main",
    `heading "${await page.title()}" [level=1]`,
    'button "Refresh"',
    'region "Machine"',
    'heading "Machine" [level=2]',
    'region "Usage"',
    'heading "Usage" [level=2]',
    'progressbar "CPU"',
    'progressbar "Memory"',
    'progressbar "Swap"',
    'region "Live"',
    'heading "Live" [level=2]',
    "status",
    'button "Start"',
    'img "Chart of CPU and memory, no samples yet"',
    'region "Disks"',
    'heading "Disks" [level=2]',
  ]);
});
