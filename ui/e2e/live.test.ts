import { describe, expect } from "vitest";
import { BINARY } from "../src/binary";
import { descendantsNamed, isAlive, type Process } from "./harness/processes";
import type { Preview } from "./harness/preview";
import type { Tab } from "./harness/tab";
import { test } from "./harness/test";

/** The running host binaries that were started with `--watch`. */
const watchers = async (preview: Preview): Promise<Process[]> =>
  (await descendantsNamed(preview.pid, BINARY)).filter(({ command }) => command.includes("--watch"));

const chart = ({ page }: Tab) => page.getByRole("region", { name: "Live" }).getByRole("img", { name: /^Chart/ });

/** Waits until the chart, which starts by itself, has two samples. Returns the host binary that prints them. */
async function started(tab: Tab, preview: Preview): Promise<Process> {
  await expect.poll(() => chart(tab).getAttribute("aria-label"), { timeout: 10_000 }).toContain("Chart of the last 2 s");
  const [watcher, ...others] = await watchers(preview);
  expect(others).toEqual([]);
  if (!watcher) throw new Error("no host binary is running with --watch");
  return watcher;
}

describe.skipIf(process.platform === "win32")("the live chart", () => {
  test("draws samples until it is stopped", async ({ tab, preview }) => {
    const watcher = await started(tab, preview);
    expect(await tab.page.getByRole("main").getByRole("status").textContent()).toBe("Watching");
    await tab.page.getByRole("button", { name: "Stop" }).click();
    await expect.poll(() => isAlive(watcher)).toBe(false);
    const drawn = await chart(tab).getAttribute("aria-label");
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await chart(tab).getAttribute("aria-label")).toBe(drawn);
  });

  test("keeps the focus on its button", async ({ tab, preview }) => {
    await started(tab, preview);
    await tab.page.getByRole("button", { name: "Stop" }).focus();
    await tab.page.keyboard.press("Enter");
    await expect.poll(async () => (await watchers(preview)).length).toBe(0);
    const focused = await tab.page.locator(":focus").ariaSnapshot();
    expect(focused).toContain('button "Start"');
    await tab.page.keyboard.press("Enter");
    await expect.poll(async () => (await watchers(preview)).length).toBe(1);
  });

  test("stops the host binary when the page is reloaded", async ({ tab, preview }) => {
    const watcher = await started(tab, preview);
    await tab.page.reload();
    await tab.page.getByRole("region", { name: "Machine" }).waitFor();
    await expect.poll(() => isAlive(watcher)).toBe(false);
    await started(tab, preview);
  });

  test("stops the host binary when the tab is closed", async ({ tab, preview }) => {
    const watcher = await started(tab, preview);
    await tab.page.close();
    await expect.poll(() => isAlive(watcher)).toBe(false);
  });

  test("stops the host binary when the page is left, and works again when the user goes back", async ({ tab, preview }) => {
    const watcher = await started(tab, preview);
    await tab.page.goto("about:blank");
    await expect.poll(() => isAlive(watcher)).toBe(false);
    await tab.page.goBack();
    await tab.page.getByRole("region", { name: "Machine" }).waitFor();
    await started(tab, preview);
  });

  test("explains that the host binary was killed, and can start again", async ({ tab, preview }) => {
    const watcher = await started(tab, preview);
    process.kill(watcher.pid, "SIGKILL");
    const alert = tab.page.getByRole("main").getByRole("alert");
    await alert.waitFor();
    expect(await alert.textContent()).toContain(`${BINARY} crashed or was killed`);
    await preview.shows(/ended with signal: 9/);
    await tab.page.getByRole("button", { name: "Start" }).click();
    await started(tab, preview);
    expect(await alert.count()).toBe(0);
  });
});
