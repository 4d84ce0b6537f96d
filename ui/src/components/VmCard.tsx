import { Alert, CircularProgress } from "@mui/material";
import { INTERVAL_SECONDS, MAX_SAMPLES } from "../hooks/useWatch";
import { useVm } from "../hooks/useVm";
import type { VmService } from "../host/find";
import { Chart } from "./Chart";
import { toSeries } from "./LiveCard";
import { MachineFacts } from "./MachineCard";
import { SectionCard } from "./SectionCard";

/** Docker's VM, as the backend in it reports it. */
export function VmCard({ service }: { service: VmService }) {
  const { report, samples, problem } = useVm(service);
  return (
    <SectionCard title="Docker VM">
      {problem && (
        <Alert severity="warning" role="alert" sx={{ borderRadius: 2 }}>
          The backend in the VM does not answer: {problem}
        </Alert>
      )}
      {report ? <MachineFacts report={report} /> : !problem && <CircularProgress aria-label="Asking the backend" />}
      {report && <Chart series={toSeries(samples)} slots={MAX_SAMPLES} interval={INTERVAL_SECONDS} />}
    </SectionCard>
  );
}
