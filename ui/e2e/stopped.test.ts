import { expect } from "vitest";
import { BINARY } from "../src/binary";
import { Preview } from "./harness/preview";
import { descendantsNamed, isAlive } from "./harness/processes";
import { Tab } from "./harness/tab";
import { test } from "./harness/test";

test.skipIf(process.platform === "win32")("stopping the preview also stops the host binaries, and the tab explains what happened", async ({ browser }) => {
  const preview = await Preview.start();
  const tab = await Tab.open(browser, preview);
  const { page } = tab;
  await page.getByRole("region", { name: "Machine" }).waitFor();
  await expect.poll(async () => (await descendantsNamed(preview.pid, BINARY)).length).toBe(1);
  const processes = await descendantsNamed(preview.pid, BINARY);

  await preview.stop();
  expect(processes.filter(isAlive)).toEqual([]);
  await page.getByRole("region", { name: "Live" }).getByText(/The connection to cargo xtask preview is gone/).waitFor();
  await page.getByRole("button", { name: "Refresh" }).click();
  await page.getByText("The report could not be read").waitFor();
  // The last report is still shown.
  expect(await page.getByRole("region", { name: "Machine" }).count()).toBe(1);
  expect(tab.takeProblems().filter((problem) => !/WebSocket connection .* failed/.test(problem))).toEqual([]);
  await tab.close();
});
