import { act, fireEvent, render, screen, within } from "@testing-library/react";
import { StrictMode } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { App } from "./App";
import { findHost } from "./host/find";
import { BINARY } from "./report/binary";
import { ended, FakeHost, REPORT, sample } from "./testing";
import { Theme } from "./Theme";

document.title = "The tab";

const good = () => ended(JSON.stringify(REPORT));

/** Renders the tab in a page whose host is `client`. */
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

describe("where no binary can be run", () => {
  it("explains itself outside Docker Desktop", () => {
    open();
    expect(screen.getByText("This page runs outside Docker Desktop")).toBeTruthy();
    expect(screen.getByRole("heading", { level: 1, name: "The tab" })).toBeTruthy();
    expect(screen.getByText("cargo xtask preview")).toBeTruthy();
    expect(screen.getByText("cargo xtask install")).toBeTruthy();
  });

  it("explains a client without host binaries", () => {
    open({ extension: {} });
    expect(screen.getByText(/offers no host binaries/)).toBeTruthy();
  });
});

describe("the report", () => {
  it("shows that it is being read, then the report", async () => {
    openWith(new FakeHost(good));
    expect(screen.getByRole("progressbar", { name: "Reading the report" })).toBeTruthy();
    const machine = await screen.findByRole("region", { name: "Machine" });
    expect(within(machine).getByText("macOS 15.5")).toBeTruthy();
    expect(within(machine).getByText("arm64, native")).toBeTruthy();
    expect(screen.getByRole("progressbar", { name: "/ (apfs)" }).getAttribute("aria-valuetext")).toBe("63 %");
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("warns when the program runs translated", async () => {
    openWith(new FakeHost(() => ended(JSON.stringify({ ...REPORT, arch: "amd64", translated: true }))));
    const warning = await screen.findByRole("alert");
    expect(warning.textContent).toContain("built for amd64 and runs translated on this arm64 machine");
  });

  it.each([
    ["exit", () => Promise.reject({ code: 2, stdout: "", stderr: "no sensor" }), "ended with exit code 2"],
    ["exit", () => Promise.resolve({ code: 2, stdout: "", stderr: "no sensor" }), "ended with exit code 2"],
    ["exit", () => Promise.reject({ stdout: "", stderr: "no sensor" }), "no sensor"],
    ["start", () => Promise.reject({ code: "ENOENT" }), "cargo xtask inspect"],
    ["start", () => Promise.reject({ code: 126, stdout: "", stderr: "Bad CPU type" }), "for another processor"],
    ["output", () => ended("usage: other"), "expected JSON"],
    ["output", () => ended('{"schema":2}'), "schema should be 1"],
  ])("explains a failure (%s)", async (_, answer, words) => {
    openWith(new FakeHost(answer));
    expect((await screen.findByRole("alert")).textContent).toContain(words);
    expect(screen.queryByRole("region", { name: "Machine" })).toBeNull();
  });

  it("keeps the focus on its button, and reads once, however often that is pressed", async () => {
    const host = new FakeHost(good);
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

  it("keeps the last report when refreshing fails, and recovers", async () => {
    const host = new FakeHost(good);
    openWith(host);
    await screen.findByText("studio");
    host.answer = () => Promise.reject({ code: 1, stdout: "", stderr: "" });
    fireEvent.click(button("Refresh"));
    await screen.findByRole("alert");
    expect(screen.getByText("studio")).toBeTruthy();
    host.answer = () => ended(JSON.stringify({ ...REPORT, hostname: "attic" }));
    fireEvent.click(button("Refresh"));
    await screen.findByText("attic");
    expect(screen.queryByRole("alert")).toBeNull();
  });
});

describe("the live chart", () => {
  async function watching() {
    const host = new FakeHost(good);
    const page = openWith(host);
    await screen.findByText("studio");
    expect(host.streams).toHaveLength(0);
    fireEvent.click(button("Start"));
    const say = (stdout: string) => act(() => host.streams.at(-1)?.onOutput({ stdout }));
    return { host, page, say };
  }
  const chart = () => screen.getByRole("img").getAttribute("aria-label");

  it("draws what the stream says, and starts anew after a stop", async () => {
    const { host, say } = await watching();
    expect(host.calls.at(-1)).toEqual({ binary: BINARY, args: ["--watch", "1"] });
    say(`${JSON.stringify(sample(10))}\n`);
    say(JSON.stringify(sample(30)));
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

  it("keeps two minutes of samples", async () => {
    const { say } = await watching();
    say(Array.from({ length: 130 }, (_, i) => `${JSON.stringify(sample(i % 100))}\n`).join(""));
    expect(chart()).toContain("Chart of the last 2 min: CPU now 29 %");
    expect(document.querySelector("polyline")?.getAttribute("points")?.split(" ")).toHaveLength(120);
  });

  it("closes the program when the tab goes", async () => {
    const { host, page } = await watching();
    page.unmount();
    expect(host.closed).toBe(1);
  });

  it("closes the program when the page goes", async () => {
    const { host } = await watching();
    act(() => void window.dispatchEvent(new Event("pagehide")));
    expect(host.closed).toBe(1);
    expect(screen.getByRole("status").textContent).toBe("Stopped");
  });

  it.each([
    ["an exit code", (host: FakeHost) => host.streams[0]?.onClose(1), "ended with exit code 1"],
    ["an error", (host: FakeHost) => host.streams[0]?.onError(new Error("lost")), "lost"],
    ["another program", (host: FakeHost) => host.streams[0]?.onOutput({ stdout: "hello\n" }), "expected JSON"],
  ])("explains %s and can start again", async (_, fail, words) => {
    const { host } = await watching();
    act(() => fail(host));
    expect(screen.getByRole("alert").textContent).toContain(words);
    fireEvent.click(button("Start"));
    expect(screen.queryByRole("alert")).toBeNull();
    expect(host.streams).toHaveLength(2);
  });

  it("says when the program ended by itself", async () => {
    const { host } = await watching();
    act(() => host.streams[0]?.onClose(0));
    expect(screen.getByRole("status").textContent).toBe("The program ended");
  });
});

it("takes the theme of Docker Desktop where there is one", () => {
  vi.stubGlobal("__ddMuiV6Themes", {
    light: { palette: { mode: "light", primary: { main: "#123456" } } },
    dark: { palette: { mode: "dark", primary: { main: "#123456" } } },
  });
  openWith(new FakeHost(() => new Promise(() => {})));
  expect(getComputedStyle(button("Start")).backgroundColor).toMatch(/#123456|18, 52, 86/);
});
