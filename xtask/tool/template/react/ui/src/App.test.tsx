import { fireEvent, render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { App } from "./App";
import { BINARY } from "./binary";
import type { HostCli } from "./host/find";

const open = (exec: (binary: string) => unknown) =>
  render(<App host={{ kind: "ready", cli: { exec } as unknown as HostCli }} />);
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
