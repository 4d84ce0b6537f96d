import { Alert, Button, Stack, Typography } from "@mui/material";
import { useState } from "react";
import { BINARY } from "./binary";
@if backend@
import type { Host, VmService } from "./host/find";
@end@
@if no-backend@
import type { Host } from "./host/find";
@end@
import { run } from "./host/run";

const UNAVAILABLE: Record<Exclude<Host["kind"], "ready">, string> = {
  outside: "This page is not running in Docker Desktop. Try it with cargo xtask preview.",
  "no-binaries": "There is no host binary for this system. Check host.binaries in metadata.json.",
};

/** The dashboard tab: runs the host binary, and shows what it prints. */
export function App({ host }: { host: Host }) {
  const [output, setOutput] = useState("");
  const [failure, setFailure] = useState("");

  const call = (cli: Extract<Host, { kind: "ready" }>["cli"]) => {
    setFailure("");
    run(cli, BINARY, []).then(setOutput, (error: Error) => setFailure(error.message));
  };
@if backend@

  /** Asks the backend. Its container may still be starting, and then the call fails. */
  const ask = async (service: VmService) => {
    setFailure("");
    try {
      const answer = (await service.get("/hello")) as { message: string };
      setOutput(answer.message);
    } catch (thrown) {
      setFailure(`The backend did not answer: ${(thrown as { message?: string }).message ?? String(thrown)}`);
    }
  };
@end@

  return (
    <Stack component="main" spacing={2} sx={{ alignItems: "flex-start" }}>
      <Typography variant="h3" component="h1">
        {document.title}
      </Typography>
      {host.kind === "ready" ? (
        <Button variant="contained" onClick={() => call(host.cli)}>
          Run {BINARY}
        </Button>
      ) : (
        <Alert severity="info">{UNAVAILABLE[host.kind]}</Alert>
      )}
@if backend@
      {host.kind === "ready" && host.service && (
        <Button variant="outlined" onClick={() => void ask(host.service!)}>
          Ask the backend
        </Button>
      )}
@end@
      {failure && <Alert severity="error">{failure}</Alert>}
      <Typography component="pre" role="status">
        {output}
      </Typography>
    </Stack>
  );
}
