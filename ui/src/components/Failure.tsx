import { Alert, AlertTitle, Box } from "@mui/material";
import type { FailureKind, HostFailure } from "../host/failure";

const ADVICE: Record<FailureKind, string> = {
  arguments: "This is a bug in the UI of this extension. It is not a problem with your machine.",
  missing: "The host binary is missing for this system. Run cargo xtask inspect IMAGE to see what the image contains.",
  unusable: "The host binary was built for another processor, or is not executable. Run cargo xtask inspect IMAGE to find out.",
  host: "The host binary was not run, for the reason above.",
  exit: "The host binary ran and reported a failure.",
  killed: "The host binary did not end by itself: it crashed, or something else ended it.",
  output: "The host binary and this UI do not belong to the same version. Build and install them together.",
};

/** Shows why a call to the host binary failed. Screen readers announce it as soon as it appears. */
export function Failure({ title, failure }: { title: string; failure: HostFailure }) {
  return (
    <Alert severity="error" role="alert" aria-live="assertive" sx={{ borderRadius: 2 }}>
      <AlertTitle>{title}</AlertTitle>
      {/* A message may have several lines, such as those of a compile error. */}
      <Box sx={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{failure.message}</Box>
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
