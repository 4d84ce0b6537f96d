import { Box, LinearProgress, Typography } from "@mui/material";
import { useId } from "react";
import { percent } from "../report/format";

/** From this percentage, the bar has the warning colour. */
const NEARLY_FULL = 90;

interface Props {
  readonly name: string;
  /** A percentage from 0 to 100. */
  readonly value: number;
  readonly detail: string;
}

/** A bar that shows how much of a resource is used. */
export function UsageBar({ name, value, detail }: Props) {
  const label = useId();
  return (
    <Box>
      {/* In a narrow window, the detail goes below the name. */}
      <Box sx={{ display: "flex", flexWrap: "wrap", justifyContent: "space-between", columnGap: 2, mb: 0.5 }}>
        <Typography id={label} variant="body2" noWrap title={name} sx={{ maxWidth: "100%" }}>
          {name}
        </Typography>
        <Typography variant="body2" color="text.secondary">
          {detail}
        </Typography>
      </Box>
      <LinearProgress
        variant="determinate"
        value={value}
        color={value >= NEARLY_FULL ? "warning" : "primary"}
        aria-labelledby={label}
        aria-valuetext={percent(value)}
        sx={{ height: 6, borderRadius: 3 }}
      />
    </Box>
  );
}
