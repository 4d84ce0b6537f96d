import { expect } from "vitest";
import { BINARY } from "../../src/binary";
import { Tab } from "../harness/tab";
import { test } from "../harness/test";

const banner = ({ page }: Tab) => page.getByRole("alert").getByText(/^This tab may not run programs: .* Press Enter in the terminal/);
const isReady = ({ page }: Tab) => page.getByRole("region", { name: "Machine" }).waitFor();

test("the secret is removed from the address bar, and reloading still works", async ({ tab, preview }) => {
  await isReady(tab);
  expect(tab.page.url()).toBe(`${await preview.origin()}/`);
  await tab.page.reload();
  await isReady(tab);
});

test("no served file contains a secret", async ({ tab, preview }) => {
  await isReady(tab);
  const token = await tab.page.evaluate(() => Object.values(sessionStorage)[0] as string);
  const files = await tab.page.evaluate(() =>
    Promise.all(["/", "/__preview/client.js"].map(async (path) => (await fetch(path)).text())),
  );
  for (const secret of [...(preview.output.match(/(?<=#launch=)[\w-]+/g) ?? []), token]) {
    expect(secret.length).toBeGreaterThan(20);
    for (const file of files) expect(file).not.toContain(secret);
  }
  expect(preview.output).not.toContain(token);
});

test("a page opened without a link explains how to get one, and every call is refused", async ({ browser, preview }) => {
  const tab = await Tab.open(browser, preview, await preview.origin());
  await banner(tab).waitFor();
  await tab.page.getByText("The report could not be read").waitFor();
  const reason = await tab.page.evaluate(
    (binary) =>
      (window as any).ddClient.extension.host.cli.exec(binary, []).then(
        () => "it ran",
        ({ name }: Error) => name,
      ),
    BINARY,
  );
  expect(reason).toBe("NotOpened");
  expect(tab.takeProblems()).toEqual([]);
  await tab.close();
});

test("opening a new link in the same tab makes it work", async ({ browser, preview }) => {
  const tab = await Tab.open(browser, preview, await preview.origin());
  await banner(tab).waitFor();
  await tab.page.goto(await preview.link());
  await isReady(tab);
  expect(await banner(tab).count()).toBe(0);
  await tab.close();
});

test("a link that is used twice is refused, and the session it opened first is ended", async ({ browser, preview }) => {
  const link = await preview.link();
  const first = await Tab.open(browser, preview, link);
  await isReady(first);
  const second = await Tab.open(browser, preview, link);
  await banner(second).waitFor();
  await banner(first).waitFor();
  expect(second.takeProblems().filter((problem) => !problem.includes("403"))).toEqual([]);
  await Promise.all([first.close(), second.close()]);
});
