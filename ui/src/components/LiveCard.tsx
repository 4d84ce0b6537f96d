import { Button, Stack, Typography } from "@mui/material";
import { INTERVAL, KEPT, useWatch, type WatchState } from "../hooks/useWatch";
import type { HostCli } from "../host/find";
import { share } from "../report/format";
import type { Sample } from "../report/report";
import { Chart, type Line } from "./Chart";
import { Failure } from "./Failure";
import { SectionCard } from "./SectionCard";

const STATUS: Record<WatchState["status"], string> = {
  idle: "Not watching",
  running: "Watching",
  stopped: "Stopped",
  ended: "The program ended",
  failed: "Failed",
};

function lines(samples: readonly Sample[]): Line[] {
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

/** CPU and memory as they change, while the user wants to see it. */
export function LiveCard({ cli }: { cli: HostCli }) {
  const { status, samples, failure, start, stop } = useWatch(cli);
  const running = status === "running";
  const actions = (
    <Stack direction="row" spacing={1.5} alignItems="center">
      <Typography variant="body2" color="text.secondary" role="status">
        {STATUS[status]}
      </Typography>
      {/* One button, so that the keyboard's focus stays where it is. */}
      <Button size="small" variant={running ? "outlined" : "contained"} onClick={running ? stop : start}>
        {running ? "Stop" : "Start"}
      </Button>
    </Stack>
  );
  return (
    <SectionCard title="Live" actions={actions} wide>
      {failure && <Failure title="Watching failed" failure={failure} />}
      <Chart lines={lines(samples)} slots={KEPT} interval={INTERVAL} />
    </SectionCard>
  );
}
