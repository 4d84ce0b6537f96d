import { Box, Typography } from "@mui/material";
import { duration, systemName } from "../report/format";
import type { Report } from "../report/report";
import { SectionCard } from "./SectionCard";

function facts(report: Report): [string, string][] {
  return [
    ["System", systemName(report)],
    ["Machine", report.machine_arch],
    ["Built for", report.translated ? `${report.arch}, translated` : `${report.arch}, native`],
    ["Processor", report.cpu.model],
    ["Cores", String(report.cpu.count)],
    ["Uptime", duration(report.uptime_seconds)],
  ];
}

/** The operating system and the hardware, as a list. */
export function MachineFacts({ report }: { report: Report }) {
  return (
    <Box component="dl" sx={{ m: 0, display: "grid", gridTemplateColumns: "88px minmax(0, 1fr)", gap: "6px 12px" }}>
      {facts(report).map(([name, value]) => (
        <Box key={name} sx={{ display: "contents" }}>
          <Typography component="dt" variant="body2" color="text.secondary">
            {name}
          </Typography>
          <Typography component="dd" variant="body2" noWrap title={value} sx={{ m: 0 }}>
            {value}
          </Typography>
        </Box>
      ))}
    </Box>
  );
}

/** The host. */
export function MachineCard({ report }: { report: Report }) {
  return (
    <SectionCard title="Machine">
      <MachineFacts report={report} />
    </SectionCard>
  );
}
