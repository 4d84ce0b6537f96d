import { Alert, AlertTitle, Box, Stack, Typography } from "@mui/material";
import type { Host } from "../host/find";
import { PageTitle } from "./PageTitle";

type Reason = Exclude<Host["kind"], "ready">;

const EXPLANATIONS: Record<Reason, { title: string; text: string }> = {
  outside: {
    title: "This page is not running in Docker Desktop",
    text: "It shows a report from a host binary on your machine, and only Docker Desktop can run that binary.",
  },
  "no-binaries": {
    title: "Docker Desktop provides no host binary for this extension",
    text: "There is no host binary for this system. Check host.binaries in metadata.json, then build and install the extension again.",
  },
};

const COMMANDS = [
  { command: "cargo xtask install", effect: "builds the extension and installs it in Docker Desktop" },
  { command: "cargo xtask preview", effect: "opens this page in a browser, with a simulated Docker Desktop" },
];

/** Explains why there is no report, and how to get one. */
export function HostUnavailable({ reason }: { reason: Reason }) {
  const { title, text } = EXPLANATIONS[reason];
  return (
    <Stack component="main" spacing={2} sx={{ maxWidth: 720 }}>
      <PageTitle />
      <Alert severity="info" sx={{ borderRadius: 2 }}>
        <AlertTitle>{title}</AlertTitle>
        {text}
      </Alert>
      <Typography variant="h6" component="h2" sx={{ fontSize: "1rem", fontWeight: 600 }}>
        How to run it
      </Typography>
      <Box component="dl" sx={{ m: 0, display: "grid", gridTemplateColumns: { xs: "minmax(0, 1fr)", sm: "auto minmax(0, 1fr)" }, gap: "8px 16px" }}>
        {COMMANDS.map(({ command, effect }) => (
          <Box key={command} sx={{ display: "contents" }}>
            <Typography component="dt" sx={{ fontFamily: "monospace" }}>
              {command}
            </Typography>
            <Typography component="dd" sx={{ m: 0 }}>
              {effect}
            </Typography>
          </Box>
        ))}
      </Box>
    </Stack>
  );
}
