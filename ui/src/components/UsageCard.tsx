import { Stack, Typography } from "@mui/material";
import { bytes, loadAverages, percent, share } from "../report/format";
import type { Report } from "../report/report";
import { SectionCard } from "./SectionCard";
import { UsageBar } from "./UsageBar";

interface UsedOfTotal {
  readonly used_bytes: number;
  readonly total_bytes: number;
}

function detail({ used_bytes, total_bytes }: UsedOfTotal): string {
  return total_bytes === 0 ? "none" : `${bytes(used_bytes)} of ${bytes(total_bytes)}`;
}

/** How busy the machine was at the time of the report. */
export function UsageCard({ report: { cpu, memory, swap, load } }: { report: Report }) {
  return (
    <SectionCard title="Usage">
      <Stack spacing={1.5}>
        <UsageBar name="CPU" value={Math.min(100, cpu.usage_percent)} detail={percent(cpu.usage_percent)} />
        <UsageBar name="Memory" value={share(memory.used_bytes, memory.total_bytes)} detail={detail(memory)} />
        <UsageBar name="Swap" value={share(swap.used_bytes, swap.total_bytes)} detail={detail(swap)} />
        <Stack direction="row" justifyContent="space-between" flexWrap="wrap" columnGap={2}>
          <Typography variant="body2">Load average (1, 5, 15 min)</Typography>
          <Typography variant="body2" color="text.secondary">
            {loadAverages(load)}
          </Typography>
        </Stack>
      </Stack>
    </SectionCard>
  );
}
