import { Dashboard } from "./components/Dashboard";
import { HostUnavailable } from "./components/HostUnavailable";
import type { Host } from "./host/find";

/** The dashboard tab: shows the dashboard, or explains why the host binary cannot be run. */
export function App({ host }: { host: Host }) {
  return host.kind === "ready" ? <Dashboard cli={host.cli} service={host.service} /> : <HostUnavailable reason={host.kind} />;
}
