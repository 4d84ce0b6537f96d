import { expect } from "vitest";
import { BINARY } from "../../src/binary";
import type { Tab } from "../harness/tab";
import { test } from "../harness/test";

/** Evaluates an expression in the page, with Docker's client as `dd`. */
const call = ({ page }: Tab, expression: string): Promise<unknown> => page.evaluate(`((dd) => (${expression}))(window.ddClient)`);

const notices = ({ page }: Tab) => page.getByRole("region", { name: "Preview notices" });

test("toasts are shown, announced, and disappear when dismissed", async ({ tab, preview }) => {
  await call(tab, "(dd.desktopUI.toast.success('Saved <b>it</b>'), dd.desktopUI.toast.error('Lost'))");
  await notices(tab).getByRole("status").getByText("Saved <b>it</b>").waitFor();
  const alert = notices(tab).getByRole("alert");
  await alert.getByText("Lost").waitFor();
  await alert.getByRole("button", { name: "Dismiss" }).click();
  expect(await alert.textContent()).toBe("");
  await preview.shows("Saved <b>it</b>");
});

test("the styles of the UI do not affect the notices of the preview", async ({ tab }) => {
  await tab.page.addStyleTag({ content: "* { font-size: 40px !important; color: red !important }" });
  await call(tab, "dd.desktopUI.toast.success('Saved')");
  const style = await notices(tab).getByText("Saved").evaluate((text) => {
    const { fontSize, color } = getComputedStyle(text);
    return { fontSize, color };
  });
  expect(style.fontSize).toBe("14px");
  expect(style.color).not.toBe("rgb(255, 0, 0)");
});

test("navigation and external links are shown and logged, but not followed", async ({ tab, preview }) => {
  const before = tab.page.url();
  await call(tab, "(dd.desktopUI.navigate.viewVolume('data'), dd.host.openExternal('https://example.org/a'))");
  await notices(tab).getByText("Docker Desktop would show the volume data now.").waitFor();
  const link = notices(tab).getByRole("link", { name: "https://example.org/a" });
  expect(await link.getAttribute("rel")).toBe("noopener noreferrer");
  expect(tab.page.url()).toBe(before);
  expect(tab.context.pages()).toHaveLength(1);
  await preview.shows("https://example.org/a");
  await preview.shows("viewVolume");
  await call(tab, "dd.host.openExternal('javascript:alert(1)')");
  await notices(tab).getByText(/addresses of http and https/).waitFor();
  expect(await notices(tab).getByRole("link").count()).toBe(1);
});

test("a dialog asks for a path, and accepts only a full path", async ({ tab }) => {
  const answer = call(tab, "dd.desktopUI.dialog.showOpenDialog({ title: 'Where is it?', properties: ['openDirectory'] })");
  const dialog = tab.page.getByRole("dialog", { name: "Where is it?" });
  await dialog.waitFor();
  const field = dialog.getByRole("textbox", { name: "Full path of the folder" });
  await field.fill("somewhere");
  await tab.page.keyboard.press("Enter");
  expect(await dialog.isVisible()).toBe(true);
  await field.fill("/srv/data");
  await tab.page.keyboard.press("Enter");
  expect(await answer).toEqual({ canceled: false, filePaths: ["/srv/data"] });
  expect(await dialog.count()).toBe(0);
});

test("a dialog for several files accepts one path per line", async ({ tab }) => {
  const answer = call(tab, "dd.desktopUI.dialog.showOpenDialog({ properties: ['openFile', 'multiSelections'] })");
  const dialog = tab.page.getByRole("dialog", { name: "Choose a file" });
  await dialog.getByRole("textbox", { name: /Full path of each file/ }).fill("/a\n\n  C:\\b \n");
  await dialog.getByRole("button", { name: "Open" }).click();
  expect(await answer).toEqual({ canceled: false, filePaths: ["/a", "C:\\b"] });
});

test("a dialog can be cancelled with its button and with the Escape key", async ({ tab }) => {
  for (const cancel of ["click", "Escape"]) {
    const answer = call(tab, "dd.desktopUI.dialog.showOpenDialog({ defaultPath: '/srv' })");
    const dialog = tab.page.getByRole("dialog");
    await dialog.waitFor();
    expect(await dialog.getByRole("textbox").inputValue()).toBe("/srv");
    if (cancel === "click") await dialog.getByRole("button", { name: "Cancel" }).click();
    else await tab.page.keyboard.press(cancel);
    expect(await answer).toEqual({ canceled: true, filePaths: [] });
  }
});

test("the page and the terminal warn about arguments that Docker Desktop would split again", async ({ tab, preview }) => {
  await call(tab, `dd.extension.host.cli.exec("${BINARY}", ["--watch", "$HOME x"]).catch(() => {})`);
  await notices(tab).getByRole("alert").getByText(/\$HOME x/).waitFor();
  await preview.shows("$HOME x");
});

test("the client describes the host and the extension", async ({ tab }) => {
  const { extension, host } = (await call(tab, "JSON.parse(JSON.stringify({ extension: dd.extension, host: dd.host }))")) as any;
  expect(host).toEqual({ platform: process.platform, arch: process.arch, hostname: expect.any(String) });
  expect(extension.image).toMatch(/^\S+:\S+$/);
  // Functions are not in JSON.
  expect(extension.vm).toEqual({ cli: {}, service: {} });
});
