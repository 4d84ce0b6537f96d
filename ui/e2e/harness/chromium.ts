import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

/** Where the browsers of the Chromium family are installed. Playwright's own download is not needed. */
const PLACES: Partial<Record<NodeJS.Platform, string[]>> = {
  linux: (process.env["PATH"] ?? "").split(delimiter).concat("/snap/bin").flatMap((folder) => {
    const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    return folder ? names.map((name) => join(folder, name)) : [];
  }),
  darwin: [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
  ],
  win32: ["ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"].flatMap((variable) => {
    const folder = process.env[variable];
    const below = ["Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe"];
    return folder ? below.map((path) => join(folder, path)) : [];
  }),
};

/** The browser: what CHROMIUM names, or the first one that is installed. */
function findChromium(): string {
  const named = process.env["CHROMIUM"];
  if (named) return named;
  const found = PLACES[process.platform]?.find(existsSync);
  if (!found) throw new Error("no Chromium here: install Chromium or Chrome, or name its program in CHROMIUM");
  return found;
}

/** Starts a browser with a fresh profile, which Playwright deletes when it closes. */
export function launchChromium(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    // Chromium refuses to run as root inside its sandbox. All that it loads here is the author's own page.
    chromiumSandbox: process.getuid?.() !== 0,
    args: ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", ...args],
  });
}
