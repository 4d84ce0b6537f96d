import { createDockerDesktopClient } from "@docker/extension-api-client";
import type { v1 } from "@docker/extension-api-client-types";

/** What runs the extension's host binaries. */
export type HostCli = NonNullable<v1.DockerDesktopClient["extension"]["host"]>["cli"];

/** Where the page finds itself. */
export type Host =
  | { readonly kind: "ready"; readonly cli: HostCli }
  /** No Docker Desktop around the page. */
  | { readonly kind: "outside" }
  /** A client, but one that offers no host binaries: metadata.json lists none for this system. */
  | { readonly kind: "no-binaries" };

/** Looks for Docker Desktop. Its own function throws outside, which would leave the page blank. */
export function findHost(): Host {
  let client: v1.DockerDesktopClient;
  try {
    client = createDockerDesktopClient();
  } catch {
    return { kind: "outside" };
  }
  const cli = client.extension?.host?.cli;
  return cli ? { kind: "ready", cli } : { kind: "no-binaries" };
}
