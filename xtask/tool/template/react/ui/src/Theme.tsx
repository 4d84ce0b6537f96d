import { DockerMuiV6ThemeProvider } from "@docker/docker-mui-theme";
import { CssBaseline, GlobalStyles, ThemeProvider, createTheme, useMediaQuery } from "@mui/material";
import { type ReactNode, useMemo } from "react";

/** MUI's default colours, used outside Docker Desktop. */
function DefaultTheme({ children }: { children: ReactNode }) {
  const dark = useMediaQuery("(prefers-color-scheme: dark)", { noSsr: true });
  const theme = useMemo(
    () =>
      createTheme({
        palette: { mode: dark ? "dark" : "light" },
        shape: { borderRadius: 6 },
        typography: { button: { textTransform: "none" } },
        // The same padding as in Docker Desktop.
        components: { MuiCssBaseline: { styleOverrides: { body: { padding: "16px 32px" } } } },
      }),
    [dark],
  );
  return <ThemeProvider theme={theme}>{children}</ThemeProvider>;
}

/**
 * A ring around the button that the keyboard is on. It has the colour of the text, which contrasts with the page in every
 * theme, while the text of a filled button may not.
 */
function FocusRing() {
  return (
    <GlobalStyles
      styles={({ palette }) => ({
        ".MuiButtonBase-root.Mui-focusVisible": { outline: `2px solid ${palette.text.primary}`, outlineOffset: 2 },
      })}
    />
  );
}

/** Docker Desktop's theme if the host provides it. Docker's theme provider throws if it does not. */
export function Theme({ children }: { children: ReactNode }) {
  const Provider = window.__ddMuiV6Themes ? DockerMuiV6ThemeProvider : DefaultTheme;
  return (
    <Provider>
      <CssBaseline />
      <FocusRing />
      {children}
    </Provider>
  );
}
