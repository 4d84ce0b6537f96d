// Attacks by a hostile page in the same browser. The tests of the server cover attacks by other programs on the machine.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import { launchChromium } from "../harness/chromium";
import type { Preview } from "../harness/preview";
import { Tab } from "../harness/tab";
import { test } from "../harness/test";

let server: Server;

beforeAll(async () => {
  server = createServer((_, answer) => answer.setHeader("content-type", "text/html").end("<!doctype html><title>evil</title>"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(() => server.close());

const secretOf = (link: string) => link.split("#launch=")[1] ?? "";

/**
 * Opens the UI and, in the same browser, a hostile page from another port under the same name. To a browser, that is the same site.
 * The hostile page even knows the token of the UI.
 */
async function openHostilePage(browser: Browser, preview: Preview) {
  const victim = await Tab.open(browser, preview);
  await victim.page.getByRole("region", { name: "Machine" }).waitFor();
  const token = await victim.page.evaluate(() => Object.values(sessionStorage)[0] as string);
  const page = await victim.context.newPage();
  const origin = await preview.origin();
  await page.goto(`http://${new URL(origin).hostname}:${(server.address() as AddressInfo).port}/`);
  return { victim, page, token, origin };
}

/** A script that connects to the socket and sends a token. Its result is `welcome`, or `closed` if the server refuses. */
const connect = (origin: string, token: string) => `new Promise((resolve) => {
  const socket = new WebSocket("${origin.replace("http", "ws")}/__preview/socket");
  socket.onopen = () => socket.send(JSON.stringify({ op: "hello", token: "${token}" }));
  socket.onmessage = ({ data }) => resolve(JSON.parse(data).op);
  socket.onclose = () => resolve("closed");
})`;

test("the UI itself can open the socket with its token, but not with a wrong one", async ({ browser, preview }) => {
  const { victim, token, origin } = await openHostilePage(browser, preview);
  expect(await victim.page.evaluate(connect(origin, token))).toBe("welcome");
  expect(await victim.page.evaluate(connect(origin, token.replace(/./g, "0")))).toBe("closed");
  await victim.close();
});

test("a page from another port cannot open the socket, even with the token", async ({ browser, preview }) => {
  const { victim, page, token, origin } = await openHostilePage(browser, preview);
  expect(await page.evaluate(connect(origin, token))).toBe("closed");
  await victim.close();
});

test("a page without an origin cannot open the socket, even with the token", async ({ browser, preview }) => {
  const { victim, page, token, origin } = await openHostilePage(browser, preview);
  const script = `${connect(origin, token)}.then((outcome) => parent.postMessage(outcome, "*"))`;
  const outcome = await page.evaluate((script) => {
    const received = new Promise((resolve) => addEventListener("message", ({ data }) => resolve(data)));
    const frame = Object.assign(document.createElement("iframe"), { srcdoc: `<script>${script}</script>` });
    frame.setAttribute("sandbox", "allow-scripts");
    document.body.append(frame);
    return received;
  }, script);
  expect(outcome).toBe("closed");
  await victim.close();
});

test("a page from another port cannot read anything", async ({ browser, preview }) => {
  const { victim, page, origin } = await openHostilePage(browser, preview);
  const outcomes = await page.evaluate(async (origin) => {
    const read = (path: string) => fetch(origin + path).then(() => "read", (error: Error) => error.name);
    const load = (src: string) =>
      new Promise((resolve) => {
        const script = document.createElement("script");
        document.head.append(Object.assign(script, { src, onload: () => resolve("loaded"), onerror: () => resolve("refused") }));
      });
    return [await read("/"), await read("/__preview/client.js"), await load(`${origin}/__preview/client.js`)];
  }, origin);
  expect(outcomes).toEqual(["TypeError", "TypeError", "refused"]);
  await victim.close();
});

test("a page from another port cannot use a stolen link", async ({ browser, preview }) => {
  const { victim, page, origin } = await openHostilePage(browser, preview);
  const link = await preview.link();
  const outcomes = await page.evaluate(
    async ([url, body]) => {
      const post = (init: RequestInit) =>
        fetch(url, { method: "POST", body, ...init }).then(({ type }) => type, (error: Error) => error.name);
      const json = { "content-type": "application/json", "x-preview": "1" };
      const text = { "content-type": "text/plain" };
      return [await post({ headers: json }), await post({ mode: "no-cors" }), await post({ mode: "no-cors", headers: text })];
    },
    [`${origin}/__preview/launch`, JSON.stringify({ launch: secretOf(link) })] as const,
  );
  expect(outcomes[0]).toBe("TypeError");
  // The no-cors requests were sent and their answers are hidden. The server refused them, because the link still works.
  const owner = await Tab.open(browser, preview, link);
  await owner.page.getByRole("region", { name: "Machine" }).waitFor();
  await Promise.all([owner.close(), victim.close()]);
});

test("a form on a page from another port does not get a token", async ({ browser, preview }) => {
  const { victim, page, origin } = await openHostilePage(browser, preview);
  const secret = secretOf(await preview.link());
  const [answer] = await Promise.all([
    page.waitForResponse(`${origin}/__preview/launch`),
    page.evaluate(
      ([action, launch]) => {
        const form = Object.assign(document.createElement("form"), { method: "POST", enctype: "text/plain", action });
        // The form is encoded as NAME=VALUE, which makes this the expected JSON with one more field.
        form.append(Object.assign(document.createElement("input"), { name: `{"launch":"${launch}","x":"`, value: '"}' }));
        document.body.append(form);
        form.submit();
      },
      [`${origin}/__preview/launch`, secret] as const,
    ),
  ]);
  expect(answer.status()).toBeGreaterThanOrEqual(400);
  await victim.close();
});

test("a page from another port can neither put the UI in a frame nor access its window", async ({ browser, preview }) => {
  const { victim, page, origin } = await openHostilePage(browser, preview);
  await page.evaluate((src) => document.body.append(Object.assign(document.createElement("iframe"), { src })), origin);
  await expect.poll(() => page.frames()[1]?.url()).toBe("chrome-error://chromewebdata/");
  const [popup, severed] = await Promise.all([
    page.waitForEvent("popup"),
    page.evaluate(async (origin) => {
      const opened = window.open(origin);
      for (let tries = 0; opened && !opened.closed && tries < 100; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return opened === null || opened.closed;
    }, origin),
  ]);
  expect(severed).toBe(true);
  await popup.waitForLoadState();
  expect(await popup.evaluate(() => window.opener === null)).toBe(true);
  await victim.close();
});

test("other names for this machine are refused, which prevents DNS rebinding", async ({ preview }) => {
  const browser = await launchChromium(["--host-resolver-rules=MAP rebound.test 127.0.0.1"]);
  try {
    const page = await browser.newPage();
    for (const name of ["rebound.test", "localhost", "127.0.0.1", "other.localhost"]) {
      const link = await preview.link();
      const address = link.replace(new URL(link).hostname, name);
      const status = await page.goto(address).then((answer) => answer?.status() ?? 200, () => 0);
      expect(status === 0 || status >= 400, `${name} gave ${status}`).toBe(true);
      expect(await page.evaluate(() => "ddClient" in window)).toBe(false);
    }
  } finally {
    await browser.close();
  }
});
