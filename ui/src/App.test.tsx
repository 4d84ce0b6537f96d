import { act, fireEvent, render, screen, within } from "@testing-library/react";
import { StrictMode } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { App } from "./App";
import { findHost } from "./host/find";
import { BINARY } from "./report/binary";
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
    ["start", () => Promise.reject({ code: "ENOENT" }), "cargo xtask inspect"],
    ["start", () => Promise.reject({ code: 126, stdout: "", stderr: "Bad CPU type" }), "built for another processor"],
    ["output", () => success("usage: other"), "expected JSON"],
    ["output", () => success('{"schema":2}'), "schema should be 1"],
  ])("explains a failure (%s)", async (_, answer, words) => {
    openWith(new FakeHost(answer));
    expect((await screen.findByRole("alert")).textContent).toContain(words);
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
    expect(host.streams).toHaveLength(0);
    fireEvent.click(button("Start"));
    const print = (stdout: string) => act(() => host.streams.at(-1)?.onOutput({ stdout }));
    return { host, page, print };
  }
  const chart = () => screen.getByRole("img").getAttribute("aria-label");

  it("draws the samples, and starts with an empty chart after a stop", async () => {
    const { host, print } = await startWatching();
    expect(host.calls.at(-1)).toEqual({ binary: BINARY, args: ["--watch", "1"] });
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

  it("says when the host binary has exited by itself", async () => {
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
  expect(getComputedStyle(button("Start")).backgroundColor).toMatch(/#123456|18, 52, 86/);
});
