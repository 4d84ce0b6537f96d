import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../harness/chromium";
import { Preview } from "../harness/preview";

const FILES = {
  "Cargo.toml": `[package]
name = "other"
version = "0.1.0"
edition = "2024"

[workspace]

[workspace.metadata.extension]
image = "example/other"

[workspace.metadata.extension.ui]
dir = "ui"
build = "node build.mjs"
output = "build"

[workspace.metadata.extension.binaries.other]
`,
  "metadata.json": JSON.stringify({
    ui: { "dashboard-tab": { title: "Other", root: "/ui", src: "index.html" } },
    host: { binaries: [{ darwin: [{ path: "/darwin/other" }], windows: [{ path: "/windows/other.exe" }], linux: [{ path: "/linux/other" }] }] },
  }),
  "src/main.rs": "fn main() {}\n",
  "ui/build.mjs": `import { mkdirSync, writeFileSync } from "node:fs";
mkdirSync("build", { recursive: true });
writeFileSync("build/index.html", "<!doctype html><title>Other</title><p>The other project</p>");
writeFileSync("build/worker.js", "");
`,
};

/** A worker that answers every request of its origin. */
const WORKER = `addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => event.respondWith(new Response("<title>hijacked</title>", { headers: { "content-type": "text/html" } })));
`;

let other: string;

beforeAll(async () => {
  other = await mkdtemp(join(tmpdir(), "other-"));
  for (const folder of ["src", "ui"]) await mkdir(join(other, folder));
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(other, name), text);
});

afterAll(() => rm(other, { recursive: true }));

/** A server that is not a preview, and lets its pages register workers. */
async function openServer(port: number) {
  const server = createServer(({ url }, answer) => {
    answer.setHeader("content-type", url === "/worker.js" ? "text/javascript" : "text/html");
    answer.end(url === "/worker.js" ? WORKER : "<!doctype html><title>earlier</title>");
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { port: (server.address() as AddressInfo).port, close };
}

async function freePort(): Promise<number> {
  const { port, close } = await openServer(0);
  await close();
  return port;
}

const register = () => navigator.serviceWorker.register("/worker.js").then(() => "registered", ({ name }: Error) => name);

test("two projects on one port share neither storage nor service workers", { timeout: 300_000 }, async () => {
  const port = await freePort();
  const flags = ["--port", String(port)];
  const browser = await launchChromium();
  const page = await (await browser.newContext()).newPage();
  try {
    const first = await Preview.start(flags);
    await page.goto(await first.link());
    await page.evaluate(() => localStorage.setItem("mine", "first"));
    const origin = await page.evaluate(() => location.origin);
    expect(origin).toMatch(new RegExp(`^http://system-report-[0-9a-f]{8}\\.localhost:${port}$`));
    await first.stop();

    // An earlier page under the name of the first project, from a server that is not a preview.
    const earlier = await openServer(port);
    await page.goto(origin);
    expect(await page.evaluate(register)).toBe("registered");
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await earlier.close();
    await page.reload();
    expect(await page.title()).toBe("hijacked");

    const second = await Preview.start(flags, other);
    await page.goto(await second.link());
    expect(await page.title()).toBe("Other");
    expect(await page.evaluate(() => location.origin)).not.toBe(origin);
    expect(await page.evaluate(() => [localStorage.getItem("mine"), navigator.serviceWorker.controller])).toEqual([null, null]);
    expect(await page.evaluate(register)).toBe("SecurityError");
    expect(await page.evaluate(() => navigator.serviceWorker.getRegistrations().then(({ length }) => length))).toBe(0);
    await second.stop();

    await page.goto(origin);
    await page.evaluate(async () => {
      for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
    });
    const again = await Preview.start(flags);
    await page.goto(await again.link());
    expect(await page.evaluate(() => localStorage.getItem("mine"))).toBe("first");
    await again.stop();
  } finally {
    await browser.close();
  }
});
