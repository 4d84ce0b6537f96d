import { expect } from "vitest";
import { BINARY } from "../../src/report/binary";
import { Tab } from "../harness/tab";
import { test } from "../harness/test";

const banner = ({ page }: Tab) => page.getByRole("alert").getByText(/^This tab may not run programs: .* Press Enter in the terminal/);
const works = ({ page }: Tab) => page.getByRole("region", { name: "Machine" }).waitFor();

test("the secret leaves the address bar, and a reload still works", async ({ tab, preview }) => {
  await works(tab);
  expect(tab.page.url()).toBe(`${await preview.origin()}/`);
  await tab.page.reload();
  await works(tab);
});

test("no served file holds a secret", async ({ tab, preview }) => {
  await works(tab);
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

test("a page without a link says how to get one, and every call is refused", async ({ browser, preview }) => {
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

test("a new link in the same tab mends it", async ({ browser, preview }) => {
  const tab = await Tab.open(browser, preview, await preview.origin());
  await banner(tab).waitFor();
  await tab.page.goto(await preview.link());
  await works(tab);
  expect(await banner(tab).count()).toBe(0);
  await tab.close();
});

test("a link that is used again is refused, and ends the session that it opened", async ({ browser, preview }) => {
  const link = await preview.link();
  const first = await Tab.open(browser, preview, link);
  await works(first);
  const second = await Tab.open(browser, preview, link);
  await banner(second).waitFor();
  await banner(first).waitFor();
  expect(second.takeProblems().filter((problem) => !problem.includes("403"))).toEqual([]);
  await Promise.all([first.close(), second.close()]);
});
