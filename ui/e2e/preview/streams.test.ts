import { expect } from "vitest";
import { BINARY } from "../../src/binary";
import { descendantsNamed } from "../harness/processes";
import { test } from "../harness/test";

test.skipIf(process.platform === "win32")("forty streams run at once, alongside plain calls, and all of them can be closed", async ({ tab, preview }) => {
  const running = async () => (await descendantsNamed(preview.pid, BINARY)).length;
  await tab.page.getByRole("region", { name: "Machine" }).waitFor();
  // The live chart would be one more.
  await tab.page.getByRole("button", { name: "Stop" }).click();
  await expect.poll(running).toBe(0);
  const outcome = await tab.page.evaluate(async (binary) => {
    const { exec } = (window as any).ddClient.extension.host.cli;
    const streams = Array.from({ length: 40 }, () => {
      let process: { close(): void } | undefined;
      const firstLine = new Promise<string>((resolve, reject) => {
        const onOutput = ({ stdout }: { stdout?: string }) => stdout && resolve(stdout);
        process = exec(binary, ["--watch", "1"], { stream: { onOutput, onError: reject, splitOutputLines: true } });
      });
      return { firstLine, close: () => process?.close() };
    });
    const lines = await Promise.all(streams.map(({ firstLine }) => firstLine));
    const { stdout } = await exec(binary, []);
    (window as any).closeAll = () => streams.forEach(({ close }) => close());
    return { samples: lines.filter((line) => "cpu_percent" in JSON.parse(line)).length, report: JSON.parse(stdout).schema };
  }, BINARY);
  expect(outcome).toEqual({ samples: 40, report: 1 });
  expect(await running()).toBe(40);
  await tab.page.evaluate(() => (window as any).closeAll());
  await expect.poll(running).toBe(0);
});

test("without splitOutputLines, the chunks add up to the whole output", async ({ tab }) => {
  const { text, code } = await tab.page.evaluate((binary) => {
    const { exec } = (window as any).ddClient.extension.host.cli;
    return new Promise<{ text: string; code: number }>((resolve, reject) => {
      let text = "";
      const onOutput = ({ stdout = "" }) => (text += stdout);
      const onClose = (code: number) => resolve({ text, code });
      exec(binary, [], { stream: { onOutput, onClose, onError: reject } });
    });
  }, BINARY);
  expect(code).toBe(0);
  expect(text.endsWith("}\n")).toBe(true);
  expect(JSON.parse(text)).toHaveProperty("cpu");
});
