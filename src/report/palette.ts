/**
 * Colours that people with any of the common colour blindnesses tell apart, dark enough for lines on white.
 *
 * Source: Okabe and Ito 2008, "Color Universal Design", jfly.uni-koeln.de/color, the light ones darkened.
 */
export const palette = {
  blue: "#0072b2",
  vermilion: "#d55e00",
  green: "#009e73",
  purple: "#b85c91",
  sky: "#3f9bd4",
  orange: "#c98a00",
  black: "#30363d",
  yellow: "#a39a00",
} as const;

/** One colour a class, used again from the ninth on. */
export const classColours: readonly string[] = [
  palette.blue,
  palette.vermilion,
  palette.green,
  palette.purple,
  palette.sky,
  palette.orange,
  palette.black,
  palette.yellow,
];
