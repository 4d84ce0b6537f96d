// window.__ddMuiV5Themes and __ddMuiV6Themes, without which Docker's theme provider throws.
//
// Docker Desktop's own values are in no public package, and nothing here is copied from one. The names come from MUI; the
// look is similar: system fonts, small text, flat surfaces with a border, plain buttons. As with Docker's, this is plain data.

const SIZES = {
  h1: ["2rem", 600], h2: ["1.625rem", 600], h3: ["1.375rem", 600], h4: ["1.1875rem", 600], h5: ["1.0625rem", 600],
  h6: ["1rem", 600], subtitle1: ["0.9375rem", 500], subtitle2: ["0.875rem", 500], body1: ["0.875rem", 400],
  body2: ["0.8125rem", 400], caption: ["0.75rem", 400], overline: ["0.75rem", 500],
};

/** @returns {object} */
function typography() {
  const sizes = Object.entries(SIZES).map(([name, [fontSize, fontWeight]]) => [name, { fontSize, fontWeight, letterSpacing: 0 }]);
  return {
    fontFamily: '-apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, Helvetica, Arial, sans-serif',
    fontSize: 14,
    button: { fontSize: "0.875rem", fontWeight: 500, letterSpacing: 0, textTransform: "none" },
    ...Object.fromEntries(sizes),
  };
}

/** Docker Desktop leaves this space around the page. */
const BODY = { body: { padding: "16px 32px" } };

/**
 * @param {string} divider
 * @param {string} ring the color of the ring around the button that the keyboard is on
 * @returns {object}
 */
function components(divider, ring) {
  const flat = { boxShadow: "none", backgroundImage: "none" };
  return {
    MuiCssBaseline: { styleOverrides: BODY },
    MuiButton: {
      defaultProps: { disableElevation: true },
      styleOverrides: { root: { minWidth: 0, padding: "6px 14px" }, sizeSmall: { padding: "3px 10px" } },
    },
    MuiButtonBase: { defaultProps: { disableRipple: true }, styleOverrides: { root: { "&.Mui-focusVisible": { outline: `2px solid ${ring}`, outlineOffset: 2 } } } },
    MuiPaper: { styleOverrides: { root: { backgroundImage: "none" } } },
    MuiCard: { defaultProps: { variant: "outlined" }, styleOverrides: { root: flat } },
    MuiAppBar: { defaultProps: { elevation: 0 } },
    MuiAccordion: { defaultProps: { disableGutters: true }, styleOverrides: { root: { ...flat, border: `1px solid ${divider}` } } },
    MuiTab: { styleOverrides: { root: { minHeight: 40, minWidth: 0, padding: "8px 16px" } } },
    MuiTabs: { styleOverrides: { root: { minHeight: 40 } } },
    MuiTableCell: { styleOverrides: { root: { padding: "8px 12px", borderColor: divider }, head: { fontWeight: 600 } } },
    MuiTextField: { defaultProps: { size: "small" } },
    MuiOutlinedInput: { defaultProps: { size: "small" } },
    MuiSelect: { defaultProps: { size: "small" } },
    MuiChip: { styleOverrides: { root: { borderRadius: 6 } } },
    MuiTooltip: { defaultProps: { arrow: true } },
    MuiLink: { defaultProps: { underline: "hover" } },
    MuiDialogActions: { styleOverrides: { root: { padding: "12px 24px 20px" } } },
  };
}

/** @param {"light" | "dark"} mode */
function theme(mode) {
  const colors = palette(mode);
  return { palette: colors, shape: { borderRadius: 6 }, typography: typography(), components: components(colors.divider, colors.text.primary) };
}

/** New copies of both themes, because a page may change them. */
function makeThemes() {
  return structuredClone({ light: theme("light"), dark: theme("dark") });
}
