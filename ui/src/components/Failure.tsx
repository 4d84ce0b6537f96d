import { Alert, AlertTitle, Box } from "@mui/material";
import type { FailureKind, HostFailure } from "../host/failure";

const ADVICE: Record<FailureKind, string> = {
  arguments: "This is a mistake in the page, not in the machine.",
  start: "It may be missing for this system, for another processor, or not executable: cargo xtask inspect IMAGE tells.",
  exit: "The program ran and reported a failure.",
  output: "The program is another one than this page was made for: build and install both together.",
};

/** A failed call of the host binary, read out by screen readers as it appears. */
export function Failure({ title, failure }: { title: string; failure: HostFailure }) {
  return (
    <Alert severity="error" role="alert" aria-live="assertive" sx={{ borderRadius: 2 }}>
      <AlertTitle>{title}</AlertTitle>
      <div>{failure.message}</div>
      <div>{ADVICE[failure.kind]}</div>
      {failure.stderr && (
        <Box
          component="pre"
          role="group"
          tabIndex={0}
          aria-label="What the program wrote"
          sx={{ m: 0, mt: 1, maxHeight: 120, overflow: "auto", whiteSpace: "pre-wrap" }}
        >
          {failure.stderr}
        </Box>
      )}
    </Alert>
  );
}
