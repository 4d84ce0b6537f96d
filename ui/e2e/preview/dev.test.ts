import { expect } from "vitest";
import { previewTest } from "../harness/test";

const test = previewTest("--dev");

test("the tab shows the UI from the dev server, and hot reloading connects", async ({ tab: { page } }) => {
  await page.getByRole("region", { name: "Machine" }).waitFor();
  const connected = page.waitForEvent("console", (message) => message.text() === "[vite] connected.");
  await page.reload();
  await connected;
  await page.getByRole("region", { name: "Machine" }).waitFor();
  expect(await page.getByRole("main").getByRole("alert").count()).toBe(0);
});
