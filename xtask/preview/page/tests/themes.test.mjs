import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { makeThemes } = load(["makeThemes"]);

/** Relative luminance, as WCAG 2 defines it. */
function luminance(hex) {
  const channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  const [r, g, b] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const TONES = ["primary", "secondary", "success", "info", "warning", "error"];

for (const [mode, theme] of Object.entries(makeThemes())) {
  const { palette } = theme;

  test(`the ${mode} theme is plain data, with its mode and the ramps of Docker's theme`, () => {
    assert.deepEqual(JSON.parse(JSON.stringify(theme)), theme);
    assert.equal(palette.mode, mode);
    assert.deepEqual(Object.keys(palette.docker), ["amber", "blue", "green", "grey", "red", "violet"]);
    for (const ramp of Object.values(palette.docker)) {
      assert.deepEqual(Object.keys(ramp), ["100", "200", "300", "400", "500", "600", "700", "800"]);
      const lights = Object.values(ramp).map(luminance);
      assert.deepEqual(lights, [...lights].sort((a, b) => b - a));
    }
  });

  test(`the focus ring of the ${mode} theme has a contrast of at least 3 to 1 to the page`, () => {
    const { outline } = theme.components.MuiButtonBase.styleOverrides.root["&.Mui-focusVisible"];
    const [, color] = /^2px solid (#[0-9a-f]{6})$/.exec(outline);
    for (const background of Object.values(palette.background)) assert.ok(contrast(color, background) >= 3, `${color} on ${background}`);
  });

  test(`texts of the ${mode} theme have a contrast of at least 4.5 to 1`, () => {
    for (const background of Object.values(palette.background)) {
      for (const name of ["primary", "secondary"]) assert.ok(contrast(palette.text[name], background) >= 4.5, `text.${name} on ${background}`);
      for (const name of TONES) assert.ok(contrast(palette[name].main, background) >= 4.5, `${name} on ${background}`);
    }
    for (const name of TONES) {
      const { main, dark, contrastText } = palette[name];
      for (const color of [main, dark]) assert.ok(contrast(contrastText, color) >= 4.5, `text on ${name} ${color}`);
    }
  });
}

test("changing a theme does not change later ones", () => {
  const one = makeThemes();
  one.light.palette.background.default = "#000000";
  one.dark.palette.docker.blue[100] = "#000000";
  const other = makeThemes();
  assert.notEqual(other.light.palette.background.default, "#000000");
  assert.notEqual(other.dark.palette.docker.blue[100], "#000000");
});
