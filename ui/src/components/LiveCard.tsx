import { Button, Stack, Typography } from "@mui/material";
import { INTERVAL_SECONDS, MAX_SAMPLES, useWatch, type WatchState } from "../hooks/useWatch";
import type { HostCli } from "../host/find";
import { share } from "../report/format";
import type { Sample } from "../report/report";
import { Chart } from "./Chart";
import { Failure } from "./Failure";
import { SectionCard } from "./SectionCard";
import type { Series } from "./series";

const STATUS: Record<WatchState["status"], string> = {
  running: "Watching",
  stopped: "Stopped",
  ended: "The host binary exited",
  failed: "Failed",
};

/** The lines of a chart. */
export function toSeries(samples: readonly Sample[]): Series[] {
  return [
    { name: "CPU", color: "primary.main", values: samples.map((s) => Math.min(100, s.cpu_percent)) },
    {
      name: "Memory",
      color: "secondary.main",
      dashed: true,
      values: samples.map(({ memory }) => share(memory.used_bytes, memory.total_bytes)),
    },
  ];
}

/** A live chart of CPU and memory, with a button to start and stop it. */
export function LiveCard({ cli }: { cli: HostCli }) {
  const { status, samples, failure, start, stop } = useWatch(cli);
  const running = status === "running";
  const actions = (
    <Stack direction="row" spacing={1.5} alignItems="center">
      <Typography variant="body2" color="text.secondary" role="status">
        {STATUS[status]}
      </Typography>
      {/* A single button, so that the keyboard focus stays on it. */}
      <Button size="small" variant={running ? "outlined" : "contained"} onClick={running ? stop : start}>
        {running ? "Stop" : "Start"}
      </Button>
    </Stack>
  );
  return (
    <SectionCard title="Live" actions={actions} wide>
      {failure && <Failure title="The live chart has stopped" failure={failure} />}
      <Chart series={toSeries(samples)} slots={MAX_SAMPLES} interval={INTERVAL_SECONDS} />
    </SectionCard>
  );
}
