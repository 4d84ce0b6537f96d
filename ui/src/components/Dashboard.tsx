import { Alert, Box, Button, CircularProgress, Stack, Typography } from "@mui/material";
import { useReport } from "../hooks/useReport";
import type { HostCli, VmService } from "../host/find";
import type { Report } from "../report/report";
import { DisksCard } from "./DisksCard";
import { Failure } from "./Failure";
import { LiveCard } from "./LiveCard";
import { MachineCard } from "./MachineCard";
import { PageTitle } from "./PageTitle";
import { UsageCard } from "./UsageCard";
import { VmCard } from "./VmCard";

interface HeaderProps {
  readonly hostname: string | undefined;
  readonly loading: boolean;
  refresh(): void;
}

function Header({ hostname, loading, refresh }: HeaderProps) {
  return (
    <Stack direction="row" alignItems="center" justifyContent="space-between" spacing={2}>
      <Box sx={{ minWidth: 0 }}>
        <PageTitle />
        <Typography color="text.secondary" noWrap>
          {hostname ?? "This machine"}
        </Typography>
      </Box>
      {/* Only aria-disabled: a button with the disabled attribute would lose the keyboard focus. */}
      <Button
        variant="outlined"
        onClick={loading ? undefined : refresh}
        aria-disabled={loading}
        sx={{ opacity: loading ? 0.5 : 1 }}
      >
        Refresh
      </Button>
    </Stack>
  );
}

function TranslationWarning({ report }: { report: Report }) {
  return (
    <Alert severity="warning" sx={{ borderRadius: 2 }}>
      The host binary was built for {report.arch} and runs translated on this {report.machine_arch} machine. It
      works, but more slowly: the image contains the wrong binary for this machine.
    </Alert>
  );
}

/** The content of the tab while the host binary can be run. */
export function Dashboard({ cli, service }: { cli: HostCli; service: VmService | undefined }) {
  const { report, loading, failure, refresh } = useReport(cli);
  return (
    <Stack component="main" spacing={2} aria-busy={loading}>
      <Header hostname={report?.hostname} loading={loading} refresh={refresh} />
      {failure && <Failure title="The report could not be read" failure={failure} />}
      {report?.translated && <TranslationWarning report={report} />}
      {loading && !report && <CircularProgress aria-label="Reading the report" />}
      <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { xs: "minmax(0, 1fr)", md: "repeat(2, minmax(0, 1fr))" } }}>
        {report && <MachineCard report={report} />}
        {service && <VmCard service={service} />}
        {report && <UsageCard report={report} />}
        <LiveCard cli={cli} />
        {report && <DisksCard disks={report.disks} />}
      </Box>
    </Stack>
  );
}
