import { Typography } from "@mui/material";

/** The title from index.html. The size is set here because heading sizes differ a lot between themes. */
export function PageTitle() {
  return (
    <Typography variant="h3" component="h1" sx={{ fontSize: "1.5rem", fontWeight: 600, lineHeight: 1.3 }}>
      {document.title}
    </Typography>
  );
}
