import { createDockerDesktopClient } from "@docker/extension-api-client";
import type { v1 } from "@docker/extension-api-client-types";

/** The part of Docker's client that runs host binaries. */
export type HostCli = NonNullable<v1.DockerDesktopClient["extension"]["host"]>["cli"];

@if backend@
/** The part of Docker's client that calls the backend in Docker's VM. */
export type VmService = NonNullable<NonNullable<v1.DockerDesktopClient["extension"]["vm"]>["service"]>;

@end@
/** Whether host binaries can be run, and with what. */
export type Host =
@if backend@
  | { readonly kind: "ready"; readonly cli: HostCli; readonly service: VmService | undefined }
@end@
@if no-backend@
  | { readonly kind: "ready"; readonly cli: HostCli }
@end@
  /** The page is not open in Docker Desktop. */
  | { readonly kind: "outside" }
  /** There is a client, but it provides no host binaries: metadata.json lists none for this system. */
  | { readonly kind: "no-binaries" };

/** Looks for Docker's client. Outside Docker Desktop, creating the client throws, which would leave the page blank. */
export function findHost(): Host {
  let client: v1.DockerDesktopClient;
  try {
    client = createDockerDesktopClient();
  } catch {
    return { kind: "outside" };
  }
  const cli = client.extension?.host?.cli;
@if backend@
  // Podman Desktop has no backend.
  const service = client.extension?.vm?.service;
  return cli ? { kind: "ready", cli, service } : { kind: "no-binaries" };
@end@
@if no-backend@
  return cli ? { kind: "ready", cli } : { kind: "no-binaries" };
@end@
}
