// The color ramps of `palette.docker`. The names are those of Docker's theme; the colors are our own.
//
// Each ramp is one hue in OKLCH, in eight steps of decreasing lightness (0.955 to 0.34), with as much chroma as sRGB allows.

/**
 * @param {string[]} colors from light to dark
 * @returns {Record<number, string>} by 100, 200 … 800
 */
function ramp(...colors) {
  return Object.fromEntries(colors.map((color, i) => [(i + 1) * 100, color]));
}

const RAMPS = {
  amber: ramp("#feeed5", "#f8d7a4", "#edb963", "#d99807", "#b47d06", "#906403", "#6e4b00", "#4c3200"),
  blue: ramp("#e7f1fe", "#c7dfff", "#9bc5fe", "#66a8ff", "#3988ed", "#1e6bc8", "#0850a0", "#013671"),
  green: ramp("#e0f7e5", "#bbeac6", "#89d89f", "#58bf79", "#36a15d", "#168244", "#026430", "#02441f"),
  grey: ramp("#eef0f4", "#d8dde4", "#bcc3ce", "#9fa7b4", "#828a97", "#676e7a", "#4d535d", "#343840"),
  red: ramp("#feebe8", "#fed0ca", "#ffa89e", "#ff756a", "#e54d45", "#c0312d", "#981919", "#6d060a"),
  violet: ramp("#f1edfe", "#dfd6fe", "#c8b5ff", "#b08efe", "#956ce8", "#7851c3", "#5c399b", "#402370"),
};

/**
 * A color of the palette: the step that contrasts with the background, and its neighbors.
 * @param {Record<number, string>} ramp
 * @param {"light" | "dark"} mode
 */
function tone(ramp, mode) {
  return mode === "light"
    ? { light: ramp[400], main: ramp[600], dark: ramp[700], contrastText: "#ffffff" }
    : { light: ramp[200], main: ramp[300], dark: ramp[400], contrastText: "#131720" };
}

const BACKGROUNDS = {
  light: {
    background: { default: "#f9fafc", paper: "#ffffff" },
    text: { primary: "#1c222b", secondary: "#555b66", disabled: RAMPS.grey[400] },
    divider: "#d8dbe0",
  },
  dark: {
    background: { default: "#131720", paper: "#1c222b" },
    text: { primary: "#eef0f4", secondary: "#acb1ba", disabled: RAMPS.grey[600] },
    divider: "#383d47",
  },
};

/**
 * Includes `mode`: without it, MUI derives colors for a light page even on a dark background.
 * @param {"light" | "dark"} mode
 */
function palette(mode) {
  return {
    mode,
    ...BACKGROUNDS[mode],
    primary: tone(RAMPS.blue, mode),
    secondary: tone(RAMPS.violet, mode),
    success: tone(RAMPS.green, mode),
    info: tone(RAMPS.blue, mode),
    warning: tone(RAMPS.amber, mode),
    error: tone(RAMPS.red, mode),
    docker: RAMPS,
  };
}
