import { describe, expect } from "vitest";
import { BINARY } from "../src/report/binary";
import { isAlive, type Program, programsBelow } from "./harness/programs";
import type { Preview } from "./harness/preview";
import type { Tab } from "./harness/tab";
import { test } from "./harness/test";

const watches = async (preview: Preview): Promise<Program[]> =>
  (await programsBelow(preview.pid, BINARY)).filter(({ command }) => command.includes("--watch"));

const chart = ({ page }: Tab) => page.getByRole("img", { name: /^Chart/ });

/** Starts the chart, and waits for two samples. */
async function start(tab: Tab, preview: Preview): Promise<Program> {
  await tab.page.getByRole("button", { name: "Start" }).click();
  await expect.poll(() => chart(tab).getAttribute("aria-label"), { timeout: 10_000 }).toContain("Chart of the last 2 s");
  const [program, ...others] = await watches(preview);
  expect(others).toEqual([]);
  if (!program) throw new Error("nothing is watched");
  return program;
}

describe.skipIf(process.platform === "win32")("the live chart", () => {
  test("draws what the program says, until it is stopped", async ({ tab, preview }) => {
    const program = await start(tab, preview);
    expect(await tab.page.getByRole("main").getByRole("status").textContent()).toBe("Watching");
    await tab.page.getByRole("button", { name: "Stop" }).click();
    await expect.poll(() => isAlive(program)).toBe(false);
    const drawn = await chart(tab).getAttribute("aria-label");
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await chart(tab).getAttribute("aria-label")).toBe(drawn);
  });

  test("keeps the focus on its one button", async ({ tab, preview }) => {
    const button = tab.page.getByRole("button", { name: "Start" });
    await button.focus();
    await tab.page.keyboard.press("Enter");
    await expect.poll(async () => (await watches(preview)).length).toBe(1);
    const focused = await tab.page.locator(":focus").ariaSnapshot();
    expect(focused).toContain('button "Stop"');
    await tab.page.keyboard.press("Enter");
    await expect.poll(async () => (await watches(preview)).length).toBe(0);
  });

  test("leaves no program behind when the page is loaded again", async ({ tab, preview }) => {
    const program = await start(tab, preview);
    await tab.page.reload();
    await tab.page.getByRole("region", { name: "Machine" }).waitFor();
    await expect.poll(() => isAlive(program)).toBe(false);
    expect(await tab.page.getByText("Not watching").count()).toBe(1);
  });

  test("leaves no program behind when the tab is closed", async ({ tab, preview }) => {
    const program = await start(tab, preview);
    await tab.page.close();
    await expect.poll(() => isAlive(program)).toBe(false);
  });

  test("leaves no program behind when the page is left, and goes on when it is come back to", async ({ tab, preview }) => {
    const program = await start(tab, preview);
    await tab.page.goto("about:blank");
    await expect.poll(() => isAlive(program)).toBe(false);
    await tab.page.goBack();
    await tab.page.getByRole("region", { name: "Machine" }).waitFor();
    await start(tab, preview);
  });

  test("explains that the program was killed, and can start again", async ({ tab, preview }) => {
    const program = await start(tab, preview);
    process.kill(program.pid, "SIGKILL");
    const alert = tab.page.getByRole("main").getByRole("alert");
    await alert.waitFor();
    expect(await alert.textContent()).toContain(`${BINARY} ended with exit code -1`);
    await start(tab, preview);
    expect(await alert.count()).toBe(0);
  });
});
