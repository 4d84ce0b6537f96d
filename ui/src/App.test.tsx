import { act, fireEvent, render, screen, within } from "@testing-library/react";
import { StrictMode } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { App } from "./App";
import { findHost } from "./host/find";
import { BINARY } from "./binary";
import { FakeHost, REPORT, sample, success } from "./testing";
import { Theme } from "./Theme";

document.title = "The tab";

const goodReport = () => success(JSON.stringify(REPORT));

/** Renders the tab with `client` as Docker's client. */
function open(client?: object) {
  vi.stubGlobal("ddClient", client);
  return render(
    <StrictMode>
      <Theme>
        <App host={findHost()} />
      </Theme>
    </StrictMode>,
  );
}

const openWith = (host: FakeHost) => open({ extension: { host: { cli: host.cli } } });
const button = (name: string) => screen.getByRole("button", { name });

afterEach(() => vi.unstubAllGlobals());

describe("without a host binary", () => {
  it("explains that the page is not open in Docker Desktop", () => {
    open();
    expect(screen.getByText("This page is not running in Docker Desktop")).toBeTruthy();
    expect(screen.getByRole("heading", { level: 1, name: "The tab" })).toBeTruthy();
    expect(screen.getByText("cargo xtask preview")).toBeTruthy();
    expect(screen.getByText("cargo xtask install")).toBeTruthy();
  });

  it("explains that the client provides no host binaries", () => {
    open({ extension: {} });
    expect(screen.getByText(/provides no host binary/)).toBeTruthy();
  });
});

describe("the backend", () => {
  const openWithBackend = (get: (url: string) => Promise<unknown>) =>
    open({ extension: { host: { cli: new FakeHost(goodReport).cli }, vm: { service: { get } } } });

  it("shows the VM beside the host", async () => {
    const vm = { ...REPORT, os: "linux", os_version: "LinuxKit 6.12" };
    openWithBackend((url) => Promise.resolve(url === "/report" ? vm : sample(7)));
    const card = await screen.findByRole("region", { name: "Docker VM" });
    await within(card).findByText(/LinuxKit 6\.12/);
    const machine = await screen.findByRole("region", { name: "Machine" });
    expect(within(machine).getByText("macOS 15.5")).toBeTruthy();
  });

  it("says why the backend does not answer, and still shows the host", async () => {
    openWithBackend(() => Promise.reject({ name: "Error", message: "connect ECONNREFUSED", statusCode: 502 }));
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("does not answer: connect ECONNREFUSED");
    expect(await screen.findByRole("region", { name: "Machine" })).toBeTruthy();
  });

  it("asks again until the backend has started", async () => {
    let calls = 0;
    openWithBackend((url) => {
      calls += 1;
      if (calls < 3) return Promise.reject({ message: "connect ENOENT" });
      return Promise.resolve(url === "/report" ? REPORT : sample(7));
    });
    const card = await screen.findByRole("region", { name: "Docker VM" });
    await within(card).findByText("macOS 15.5", {}, { timeout: 5000 });
    expect(screen.queryByRole("alert")).toBeNull();
  });
});

describe("the report", () => {
  it("shows a progress indicator, then the report", async () => {
    openWith(new FakeHost(goodReport));
    expect(screen.getByRole("progressbar", { name: "Reading the report" })).toBeTruthy();
    const machine = await screen.findByRole("region", { name: "Machine" });
    expect(within(machine).getByText("macOS 15.5")).toBeTruthy();
    expect(within(machine).getByText("arm64, native")).toBeTruthy();
    expect(screen.getByRole("progressbar", { name: "/ (apfs)" }).getAttribute("aria-valuetext")).toBe("63 %");
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("warns when the host binary runs translated", async () => {
    openWith(new FakeHost(() => success(JSON.stringify({ ...REPORT, arch: "amd64", translated: true }))));
    const warning = await screen.findByRole("alert");
    expect(warning.textContent).toContain("built for amd64 and runs translated on this arm64 machine");
  });

  it.each([
    ["exit", () => Promise.reject({ code: 2, stdout: "", stderr: "no sensor" }), "exited with code 2"],
    ["exit", () => Promise.resolve({ code: 2, stdout: "", stderr: "no sensor" }), "exited with code 2"],
    ["exit", () => Promise.reject({ stdout: "", stderr: "no sensor" }), "no sensor"],
    ["exit", () => Promise.reject({ code: 2, stdout: "", stderr: "" }), "ran and reported a failure"],
    ["killed", () => Promise.reject({ code: null, signal: "SIGSEGV", stdout: "", stderr: "" }), "it crashed, or something else ended it"],
    ["missing", () => Promise.reject({ code: "ENOENT" }), "missing for this system. Run cargo xtask inspect"],
    ["unusable", () => Promise.reject({ code: 126, stdout: "", stderr: "Bad CPU type" }), "built for another processor"],
    ["host", () => Promise.reject(new Error("the preview is gone")), "the preview is goneThe host binary was not run, for the reason above."],
    ["output", () => success("usage: other"), "expected JSON"],
    ["output", () => success('{"schema":2}'), "schema should be 1"],
  ])("explains a failure (%s)", async (kind, answer, words) => {
    openWith(new FakeHost(answer));
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain(words);
    // Only what fits the failure.
    if (kind !== "missing" && kind !== "unusable") expect(alert.textContent).not.toContain("inspect");
    expect(screen.queryByRole("region", { name: "Machine" })).toBeNull();
  });

  it("keeps the focus on the refresh button, and reads the report once even if it is clicked twice", async () => {
    const host = new FakeHost(goodReport);
    openWith(host);
    await screen.findByText("studio");
    const before = host.calls.length;
    host.answer = () => new Promise(() => {});
    button("Refresh").focus();
    fireEvent.click(button("Refresh"));
    fireEvent.click(button("Refresh"));
    expect(button("Refresh").getAttribute("aria-disabled")).toBe("true");
    expect(document.activeElement).toBe(button("Refresh"));
    expect(host.calls).toHaveLength(before + 1);
  });

  it("keeps the last report when refreshing fails, and recovers afterwards", async () => {
    const host = new FakeHost(goodReport);
    openWith(host);
    await screen.findByText("studio");
    host.answer = () => Promise.reject({ code: 1, stdout: "", stderr: "" });
    fireEvent.click(button("Refresh"));
    await screen.findByRole("alert");
    expect(screen.getByText("studio")).toBeTruthy();
    host.answer = () => success(JSON.stringify({ ...REPORT, hostname: "attic" }));
    fireEvent.click(button("Refresh"));
    await screen.findByText("attic");
    expect(screen.queryByRole("alert")).toBeNull();
  });
});

describe("the live chart", () => {
  async function startWatching() {
    const host = new FakeHost(goodReport);
    const page = openWith(host);
    await screen.findByText("studio");
    // React's strict mode mounts every component twice.
    expect(host.streams).toHaveLength(2);
    expect(host.closed).toBe(1);
    host.closed = 0;
    host.streams.splice(0, 1);
    expect(screen.getByRole("status").textContent).toBe("Watching");
    const print = (stdout: string) => act(() => host.streams.at(-1)?.onOutput({ stdout }));
    return { host, page, print };
  }
  const chart = () => screen.getByRole("img").getAttribute("aria-label");

  it("starts the host binary again when its time is over, and keeps the samples", async () => {
    const { host, print } = await startWatching();
    print(`${JSON.stringify(sample(10))}\n`);
    act(() => host.streams[0]?.onClose(0));
    expect(host.streams).toHaveLength(2);
    expect(screen.getByRole("status").textContent).toBe("Watching");
    print(`${JSON.stringify(sample(30))}\n`);
    expect(chart()).toContain("Chart of the last 2 s");
  });

  it("starts again when the browser shows the page again, unless it was stopped", async () => {
    const { host } = await startWatching();
    const show = (persisted: boolean) =>
      act(() => void window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted })));
    act(() => void window.dispatchEvent(new Event("pagehide")));
    show(false);
    expect(host.streams).toHaveLength(1);
    show(true);
    expect(host.streams).toHaveLength(2);
    fireEvent.click(button("Stop"));
    act(() => void window.dispatchEvent(new Event("pagehide")));
    show(true);
    expect(host.streams).toHaveLength(2);
  });

  it("draws the samples, and starts with an empty chart after a stop", async () => {
    const { host, print } = await startWatching();
    expect(host.calls.find(({ args }) => args.length > 0)).toEqual({ binary: BINARY, args: ["--watch", "1", "--for", "60"] });
    print(`${JSON.stringify(sample(10))}\n`);
    print(JSON.stringify(sample(30)));
    expect(chart()).toBe(
      "Chart of the last 2 s: CPU now 30 %, between 10 % and 30 %; Memory now 67 %, between 67 % and 67 %",
    );
    fireEvent.click(button("Stop"));
    expect(host.closed).toBe(1);
    expect(chart()).toContain("CPU now 30 %");
    fireEvent.click(button("Start"));
    expect(chart()).toContain("no samples yet");
    expect(host.streams).toHaveLength(2);
  });

  it("keeps the samples of two minutes", async () => {
    const { print } = await startWatching();
    print(Array.from({ length: 130 }, (_, i) => `${JSON.stringify(sample(i % 100))}\n`).join(""));
    expect(chart()).toContain("Chart of the last 2 min: CPU now 29 %");
    expect(document.querySelector("polyline")?.getAttribute("points")?.split(" ")).toHaveLength(120);
  });

  it("stops the host binary when the tab is unmounted", async () => {
    const { host, page } = await startWatching();
    page.unmount();
    expect(host.closed).toBe(1);
  });

  it("stops the host binary when the page is left", async () => {
    const { host } = await startWatching();
    act(() => void window.dispatchEvent(new Event("pagehide")));
    expect(host.closed).toBe(1);
    expect(screen.getByRole("status").textContent).toBe("Stopped");
  });

  it.each([
    ["an exit code", (host: FakeHost) => host.streams[0]?.onClose(1), "exited with code 1"],
    ["an error", (host: FakeHost) => host.streams[0]?.onError(new Error("lost")), "lost"],
    ["unexpected output", (host: FakeHost) => host.streams[0]?.onOutput({ stdout: "hello\n" }), "expected JSON"],
  ])("explains %s and can start again", async (_, fail, words) => {
    const { host } = await startWatching();
    act(() => fail(host));
    expect(screen.getByRole("alert").textContent).toContain(words);
    fireEvent.click(button("Start"));
    expect(screen.queryByRole("alert")).toBeNull();
    expect(host.streams).toHaveLength(2);
  });

  it("says when the host binary has exited at once", async () => {
    const { host } = await startWatching();
    act(() => host.streams[0]?.onClose(0));
    expect(screen.getByRole("status").textContent).toBe("The host binary exited");
  });
});

it("uses the theme of Docker Desktop if there is one", () => {
  vi.stubGlobal("__ddMuiV6Themes", {
    light: { palette: { mode: "light", primary: { main: "#123456" } } },
    dark: { palette: { mode: "dark", primary: { main: "#123456" } } },
  });
  openWith(new FakeHost(() => new Promise(() => {})));
  fireEvent.click(button("Stop"));
  expect(getComputedStyle(button("Start")).backgroundColor).toMatch(/#123456|18, 52, 86/);
});
