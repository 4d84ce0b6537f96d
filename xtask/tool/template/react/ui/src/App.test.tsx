import { fireEvent, render, screen } from "@testing-library/react";
@if backend@
import { expect, it, vi } from "vitest";
@end@
@if no-backend@
import { expect, it } from "vitest";
@end@
import { App } from "./App";
import { BINARY } from "./binary";
@if backend@
import type { HostCli, VmService } from "./host/find";
@end@
@if no-backend@
import type { HostCli } from "./host/find";
@end@

@if backend@
const open = (exec: (binary: string) => unknown, service?: VmService) =>
  render(<App host={{ kind: "ready", cli: { exec } as unknown as HostCli, service }} />);
@end@
@if no-backend@
const open = (exec: (binary: string) => unknown) =>
  render(<App host={{ kind: "ready", cli: { exec } as unknown as HostCli }} />);
@end@
const click = () => fireEvent.click(screen.getByRole("button"));

it("shows what the host binary prints", async () => {
  open(async (binary) => ({ stdout: `Hello from ${binary}`, stderr: "" }));
  click();
  expect(await screen.findByText(`Hello from ${BINARY}`)).toBeTruthy();
});

it("shows why the host binary failed", async () => {
  open(() => Promise.reject({ code: 2, stdout: "", stderr: "" }));
  click();
  expect((await screen.findByRole("alert")).textContent).toContain("exited with code 2");
});

it("explains why it cannot run a host binary", () => {
  render(<App host={{ kind: "outside" }} />);
  expect(screen.getByRole("alert").textContent).toContain("cargo xtask preview");
});
@if backend@

it("shows what the backend answers, or why it does not", async () => {
  const get = vi.fn(async () => ({ message: "Hello" }) as unknown);
  open(() => undefined, { get } as unknown as VmService);
  const button = screen.getByRole("button", { name: "Ask the backend" });
  fireEvent.click(button);
  expect(await screen.findByText("Hello")).toBeTruthy();
  expect(get).toHaveBeenCalledWith("/hello");
  get.mockRejectedValueOnce(new Error("no such file"));
  fireEvent.click(button);
  expect((await screen.findByRole("alert")).textContent).toContain("no such file");
});
@end@
