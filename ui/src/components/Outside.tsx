import { Alert, AlertTitle, Box, Stack, Typography } from "@mui/material";
import type { Host } from "../host/find";
import { PageTitle } from "./PageTitle";

type Reason = Exclude<Host["kind"], "ready">;

const WORDS: Record<Reason, { title: string; text: string }> = {
  outside: {
    title: "This page runs outside Docker Desktop",
    text: "It shows what a program on your machine reports, and only Docker Desktop can run that program for it.",
  },
  "no-binaries": {
    title: "Docker Desktop offers no host binaries to this extension",
    text: "The program is missing for this system: look at host.binaries in metadata.json, then build and install again.",
  },
};

const WAYS = [
  { command: "cargo xtask install", what: "builds the extension and installs it in Docker Desktop" },
  { command: "cargo xtask preview", what: "shows this page in a browser, with a stand-in for Docker Desktop" },
];

/** Says why there is nothing to show, and how to see it. */
export function Outside({ reason }: { reason: Reason }) {
  const { title, text } = WORDS[reason];
  return (
    <Stack component="main" spacing={2} sx={{ maxWidth: 720 }}>
      <PageTitle />
      <Alert severity="info" sx={{ borderRadius: 2 }}>
        <AlertTitle>{title}</AlertTitle>
        {text}
      </Alert>
      <Typography variant="h6" component="h2" sx={{ fontSize: "1rem", fontWeight: 600 }}>
        How to look at it
      </Typography>
      <Box component="dl" sx={{ m: 0, display: "grid", gridTemplateColumns: "auto 1fr", gap: "8px 16px" }}>
        {WAYS.map(({ command, what }) => (
          <Box key={command} sx={{ display: "contents" }}>
            <Typography component="dt" sx={{ fontFamily: "monospace" }}>
              {command}
            </Typography>
            <Typography component="dd" sx={{ m: 0 }}>
              {what}
            </Typography>
          </Box>
        ))}
      </Box>
    </Stack>
  );
}
