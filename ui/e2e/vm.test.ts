import { describe, expect } from "vitest";
import { descendantsNamed, type Process } from "./harness/processes";
import type { Preview } from "./harness/preview";
import { test } from "./harness/test";
import { vmCard, WITH_BACKEND } from "./vm";

async function backend(preview: Preview): Promise<Process> {
  const [process, ...others] = await descendantsNamed(preview.pid, "backend");
  expect(others).toEqual([]);
  if (!process) throw new Error("no backend is running");
  return process;
}

describe.skipIf(process.platform === "win32")("the backend", () => {
  test("is shown beside the host", WITH_BACKEND, async ({ tab }) => {
    const card = await vmCard(tab);
    const arch = process.arch === "x64" ? "amd64" : "arm64";
    for (const part of [card, tab.page.getByRole("region", { name: "Machine" })]) {
      expect(await part.getByRole("definition").allTextContents()).toContain(arch);
    }
    expect(await tab.page.getByRole("main").getByRole("alert").count()).toBe(0);
  });

  test("is started again after a crash, and the page says how it ended", WITH_BACKEND, async ({ tab, preview }) => {
    await vmCard(tab);
    const crashed = await backend(preview);
    process.kill(crashed.pid, "SIGKILL");
    await tab.page.getByText(/the backend ended with signal: 9/).waitFor();
    await preview.shows(/the backend ended with signal: 9/);
    await expect.poll(async () => (await backend(preview)).pid).not.toBe(crashed.pid);
    await expect.poll(() => tab.page.getByRole("main").getByRole("alert").count()).toBe(0);
  });

  // The preview gives up a call after a minute.
  test("is down, and the page says so until it answers again", { timeout: WITH_BACKEND.timeout + 90_000 }, async ({ tab, preview }) => {
    await vmCard(tab);
    const { pid } = await backend(preview);
    const alert = tab.page.getByRole("main").getByRole("alert");
    process.kill(pid, "SIGSTOP");
    try {
      await alert.getByText(/The backend in the VM does not answer/).waitFor({ timeout: 90_000 });
      await tab.page.getByRole("region", { name: "Machine" }).waitFor();
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await expect.poll(() => alert.count(), { timeout: 10_000 }).toBe(0);
  });
});
