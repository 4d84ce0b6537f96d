import { Box, Stack, Typography } from "@mui/material";
import { percent } from "../report/format";
import type { Series } from "./series";

/** For each line of the chart: a sample of the line, its name and its newest value. */
export function Legend({ series }: { series: readonly Series[] }) {
  return (
    <Stack direction="row" flexWrap="wrap" columnGap={3} sx={{ mb: 1 }}>
      {series.map(({ name, color, dashed, values }) => {
        const newest = values.at(-1);
        return (
          <Stack key={name} direction="row" spacing={1} alignItems="center">
            <Box sx={{ width: 20, borderTop: dashed ? "2px dashed" : "2px solid", color }} />
            <Typography variant="body2">{name}</Typography>
            <Typography variant="body2" color="text.secondary" sx={{ minWidth: 40 }}>
              {newest === undefined ? "–" : percent(newest)}
            </Typography>
          </Stack>
        );
      })}
    </Stack>
  );
}
