import { Alert, Button, Stack, Typography } from "@mui/material";
import { useState } from "react";
import { BINARY } from "./binary";
import type { Host } from "./host/find";
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
      {failure && <Alert severity="error">{failure}</Alert>}
      <Typography component="pre" role="status">
        {output}
      </Typography>
    </Stack>
  );
}
