import type { Locator } from "playwright-core";
import { START_MS } from "./harness/preview";
import type { Tab } from "./harness/tab";

/** How long a test may take that waits for the backend, which is compiled when the page first calls it. */
export const WITH_BACKEND = { timeout: START_MS + 60_000 };

/** Waits until the backend has answered. Returns its part of the page. */
export async function vmCard({ page }: Tab): Promise<Locator> {
  const card = page.getByRole("region", { name: "Docker VM" });
  await card.getByRole("img", { name: /^Chart of the last/ }).waitFor({ timeout: START_MS });
  return card;
}
