import { Card, CardContent, Stack, Typography } from "@mui/material";
import { type ReactNode, useId } from "react";

interface Props {
  readonly title: string;
  /** Buttons to the right of the title. */
  readonly actions?: ReactNode;
  /** Makes the card span both columns. */
  readonly wide?: boolean;
  readonly children: ReactNode;
}

/** A section of the dashboard, with its own heading. */
export function SectionCard({ title, actions, wide = false, children }: Props) {
  const heading = useId();
  return (
    <Card
      component="section"
      aria-labelledby={heading}
      variant="outlined"
      sx={{ borderRadius: 2, minWidth: 0, gridColumn: wide ? "1 / -1" : "auto" }}
    >
      <CardContent sx={{ px: 2, py: 1.5, "&:last-child": { pb: 1.5 } }}>
        <Stack direction="row" alignItems="center" justifyContent="space-between" flexWrap="wrap" columnGap={2} sx={{ minHeight: 32, mb: 0.5 }}>
          <Typography id={heading} variant="h6" component="h2" sx={{ fontSize: "1rem", fontWeight: 600 }}>
            {title}
          </Typography>
          {actions}
        </Stack>
        {children}
      </CardContent>
    </Card>
  );
}
