import { Box, Typography } from "@mui/material";
import { duration, percent } from "../report/format";
import { Legend } from "./Legend";
import type { Series } from "./series";

interface Props {
  readonly series: readonly Series[];
  /** How many values fit into the chart. The newest value is at the right edge. */
  readonly slots: number;
  /** Seconds between two values. */
  readonly interval: number;
}

const HEIGHT = 100;
/** Space above and below, so that a line at 0 % or 100 % does not touch the frame. */
const MARGIN = 3;
const GRID_LINES = [25, 50, 75];
const FRAME_STYLE = { position: "relative", height: 132, overflow: "hidden" };

function points(values: readonly number[], slots: number): string {
  const first = slots - values.length;
  return values.map((value, i) => `${first + i},${(HEIGHT - value).toFixed(1)}`).join(" ");
}

/** Describes the chart for screen readers. */
function describe(series: readonly Series[], interval: number): string {
  const count = series[0]?.values.length ?? 0;
  if (count === 0) return "Chart of CPU and memory, no samples yet";
  const parts = series.map(({ name, values }) => {
    const range = `${percent(Math.min(...values))} and ${percent(Math.max(...values))}`;
    return `${name} now ${percent(values.at(-1) ?? 0)}, between ${range}`;
  });
  return `Chart of the last ${duration(count * interval)}: ${parts.join("; ")}`;
}

/** The text on the chart: the top of its scale and, while it is empty, a note between two grid lines. */
function ChartText({ empty }: { empty: boolean }) {
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

function Plot({ series, slots }: Omit<Props, "interval">) {
  return (
    <svg
      viewBox={`0 ${-MARGIN} ${slots - 1} ${HEIGHT + 2 * MARGIN}`}
      preserveAspectRatio="none"
      style={{ display: "block", width: "100%", height: "100%" }}
      aria-hidden
    >
      {GRID_LINES.map((y) => (
        <Box key={y} component="line" x1={0} x2={slots - 1} y1={y} y2={y} vectorEffect="non-scaling-stroke" sx={{ color: "divider", stroke: "currentColor" }} />
      ))}
      {series.map(({ name, color, dashed, values }) => (
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

/** A line chart of percentages over time. */
export function Chart({ series, slots, interval }: Props) {
  return (
    <Box role="img" aria-label={describe(series, interval)}>
      <Legend series={series} />
      <Box sx={{ ...FRAME_STYLE, border: 1, borderColor: "divider", borderRadius: 1 }}>
        <ChartText empty={series.every(({ values }) => values.length === 0)} />
        <Plot series={series} slots={slots} />
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
