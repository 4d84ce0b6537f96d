import { Typography } from "@mui/material";

/** The name of the tab, which index.html gives. Sizes of headings differ much between themes, so this one is set here. */
export function PageTitle() {
  return (
    <Typography variant="h3" component="h1" sx={{ fontSize: "1.5rem", fontWeight: 600, lineHeight: 1.3 }}>
      {document.title}
    </Typography>
  );
}
