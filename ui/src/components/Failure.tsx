import { Alert, AlertTitle, Box } from "@mui/material";
import type { FailureKind, HostFailure } from "../host/failure";

const ADVICE: Record<FailureKind, string> = {
  arguments: "This is a bug in the UI of this extension. It is not a problem with your machine.",
  start: "It may be missing for this system, built for another processor, or not executable. Run cargo xtask inspect IMAGE to find out.",
  exit: "The host binary ran and reported a failure.",
  output: "The host binary and this UI do not belong to the same version. Build and install them together.",
};

/** Shows why a call to the host binary failed. Screen readers announce it as soon as it appears. */
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
          aria-label="Standard error of the host binary"
          sx={{ m: 0, mt: 1, maxHeight: 120, overflow: "auto", whiteSpace: "pre-wrap" }}
        >
          {failure.stderr}
        </Box>
      )}
    </Alert>
  );
}
