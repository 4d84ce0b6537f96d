import { Box, Typography } from "@mui/material";
import { duration, percent } from "../report/format";
import { Legend } from "./Legend";

export interface Line {
  readonly name: string;
  /** A colour of the theme's palette. */
  readonly color: string;
  /** Tells the line apart without colour. */
  readonly dashed?: boolean;
  /** Each 0 to 100, oldest first. */
  readonly values: readonly number[];
}

interface Props {
  readonly lines: readonly Line[];
  /** How many values fit; the newest stands at the right edge. */
  readonly slots: number;
  /** Seconds between two values. */
  readonly interval: number;
}

const HEIGHT = 100;
/** Keeps a line at 0 or 100 % clear of the frame. */
const MARGIN = 3;
const GRID = [25, 50, 75];
const FRAME = { position: "relative", height: 132, overflow: "hidden" };

function points(values: readonly number[], slots: number): string {
  const first = slots - values.length;
  return values.map((value, i) => `${first + i},${(HEIGHT - value).toFixed(1)}`).join(" ");
}

/** The chart in words, for those who do not see it. */
export function describe(lines: readonly Line[], interval: number): string {
  const count = lines[0]?.values.length ?? 0;
  if (count === 0) return "Chart of CPU and memory, no samples yet";
  const parts = lines.map(({ name, values }) => {
    const range = `${percent(Math.min(...values))} and ${percent(Math.max(...values))}`;
    return `${name} now ${percent(values.at(-1) ?? 0)}, between ${range}`;
  });
  return `Chart of the last ${duration(count * interval)}: ${parts.join("; ")}`;
}

/** The words on the chart: its scale, and why it is empty. The second stands between two grid lines. */
function Words({ empty }: { empty: boolean }) {
  return (
    <>
      <Typography variant="caption" color="text.secondary" sx={{ position: "absolute", top: 2, left: 6 }}>
        100 %
      </Typography>
      {empty && (
        <Box sx={{ position: "absolute", top: "25%", width: "100%", height: "25%", display: "grid", placeItems: "center" }}>
          <Typography variant="body2" color="text.secondary">
            No samples yet
          </Typography>
        </Box>
      )}
    </>
  );
}

function Drawing({ lines, slots }: Omit<Props, "interval">) {
  return (
    <svg
      viewBox={`0 ${-MARGIN} ${slots - 1} ${HEIGHT + 2 * MARGIN}`}
      preserveAspectRatio="none"
      style={{ display: "block", width: "100%", height: "100%" }}
      aria-hidden
    >
      {GRID.map((y) => (
        <Box key={y} component="line" x1={0} x2={slots - 1} y1={y} y2={y} vectorEffect="non-scaling-stroke" sx={{ color: "divider", stroke: "currentColor" }} />
      ))}
      {lines.map(({ name, color, dashed, values }) => (
        <Box
          key={name}
          component="polyline"
          points={points(values, slots)}
          vectorEffect="non-scaling-stroke"
          strokeDasharray={dashed ? "6 3" : undefined}
          sx={{ fill: "none", color, stroke: "currentColor", strokeWidth: 2 }}
        />
      ))}
    </svg>
  );
}

/** Lines over time, each from 0 to 100 %. */
export function Chart({ lines, slots, interval }: Props) {
  return (
    <Box role="img" aria-label={describe(lines, interval)}>
      <Legend lines={lines} />
      <Box sx={{ ...FRAME, border: 1, borderColor: "divider", borderRadius: 1 }}>
        <Words empty={lines.every(({ values }) => values.length === 0)} />
        <Drawing lines={lines} slots={slots} />
      </Box>
      <Box sx={{ display: "flex", justifyContent: "space-between", mt: 0.5 }}>
        <Typography variant="caption" color="text.secondary">
          {duration(slots * interval)} ago
        </Typography>
        <Typography variant="caption" color="text.secondary">
          now
        </Typography>
      </Box>
    </Box>
  );
}
