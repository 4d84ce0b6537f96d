import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

/** Where Chromium-based browsers are usually installed. Playwright's own download is not needed. */
const INSTALL_PATHS: Partial<Record<NodeJS.Platform, string[]>> = {
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
    const paths = ["Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe"];
    return folder ? paths.map((path) => join(folder, path)) : [];
  }),
};

/** The path of the browser: the value of `CHROMIUM`, or else the first browser found. */
function findChromium(): string {
  const chosen = process.env["CHROMIUM"];
  if (chosen) return chosen;
  const found = INSTALL_PATHS[process.platform]?.find(existsSync);
  if (!found) throw new Error("cannot find Chromium\nhelp: install Chromium or Chrome, or set CHROMIUM to the path of its executable");
  return found;
}

/** Starts a browser with a new profile. Playwright deletes the profile when the browser is closed. */
export function launchChromium(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    // Chromium refuses to run as root with its sandbox. Turning it off is acceptable, as only pages of this project are loaded.
    chromiumSandbox: process.getuid?.() !== 0,
    args: ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", ...args],
  });
}
