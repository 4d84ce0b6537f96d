import { Box, Typography } from "@mui/material";
import { bytes, share } from "../report/format";
import type { Disk } from "../report/report";
import { SectionCard } from "./SectionCard";
import { UsageBar } from "./UsageBar";

function DiskBar({ disk }: { disk: Disk }) {
  const used = disk.total_bytes - disk.available_bytes;
  return (
    <UsageBar
      name={`${disk.mount} (${disk.file_system})`}
      value={share(used, disk.total_bytes)}
      detail={`${bytes(disk.available_bytes)} free of ${bytes(disk.total_bytes)}`}
    />
  );
}

/** The disks and the free space on each. */
export function DisksCard({ disks }: { disks: readonly Disk[] }) {
  return (
    <SectionCard title="Disks" wide>
      {disks.length === 0 && <Typography variant="body2">No disks found.</Typography>}
      <Box sx={{ display: "grid", gap: "12px 32px", gridTemplateColumns: { xs: "minmax(0, 1fr)", md: "repeat(2, minmax(0, 1fr))" } }}>
        {disks.map((disk) => (
          <DiskBar key={`${disk.name} ${disk.mount}`} disk={disk} />
        ))}
      </Box>
    </SectionCard>
  );
}
