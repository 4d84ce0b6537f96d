import { Dashboard } from "./components/Dashboard";
import { Outside } from "./components/Outside";
import type { Host } from "./host/find";

/** The tab: the dashboard where a host can run the binary, and an explanation elsewhere. */
export function App({ host }: { host: Host }) {
  return host.kind === "ready" ? <Dashboard cli={host.cli} /> : <Outside reason={host.kind} />;
}
