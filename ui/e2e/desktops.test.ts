import { describe, expect } from "vitest";
import { BINARY } from "../src/binary";
import { previewTest } from "./harness/test";

/** How each desktop settles the promise of a plain call that exits with code 2, and the code in the result. */
const OUTCOMES = { docker: ["rejected", 2], rancher: ["rejected", 2], podman: ["rejected", undefined] };

const TESTS = Object.entries(OUTCOMES).map(([desktop, outcome]) => ({ desktop, outcome, test: previewTest("--as", desktop) }));

describe.each(TESTS)("as $desktop", ({ outcome: expected, test }) => {
  test("the tab works", async ({ tab: { page } }) => {
    await page.getByRole("region", { name: "Machine" }).waitFor();
    await page.getByRole("region", { name: "Live" }).getByRole("img", { name: /^Chart of the last 2 s/ }).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("Stopped").waitFor();
  });

  test("a failing host binary is reported as this desktop does it", async ({ tab: { page } }) => {
    const outcome = await page.evaluate(async (binary) => {
      const { exec } = (window as any).ddClient.extension.host.cli;
      return exec(binary, ["--watch=0"]).then(
        ({ code, stderr }: any) => ({ how: "resolved", code, stderr }),
        ({ code, stderr }: any) => ({ how: "rejected", code, stderr }),
      );
    }, BINARY);
    expect([outcome.how, outcome.code]).toEqual(expected);
    expect(outcome.stderr).toContain("0.1 seconds");
  });

  test("a binary that metadata.json does not list is refused", async ({ tab: { page } }) => {
    const reason = await page.evaluate(() =>
      (window as any).ddClient.extension.host.cli.exec("sh", ["-c", "id"]).then(
        () => "it ran",
        (thrown: unknown) => String(thrown),
      ),
    );
    expect(reason).toMatch(/sh/);
    expect(reason).not.toBe("it ran");
  });
});
