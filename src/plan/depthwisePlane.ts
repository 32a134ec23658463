import { type AxisWindow, reach } from "./windowArguments.js";

/** Where an image with its padding lies in a plane. */
export interface PlaneLayout {
  /** Values from a row to the next. */
  readonly width: number;
  /** Values in front of the image. */
  readonly start: number;
  /** Values of padding between two rows. */
  readonly gap: number;
  readonly size: number;
}

/**
 * A plane of `group` channels. What is right of a row is left of the next one, so that between rows there is the larger
 * of both paddings.
 */
export function layOutPlane(vertical: AxisWindow, horizontal: AxisWindow, group: number): PlaneLayout {
  const { inSize: columns, paddingBefore: left } = horizontal;
  const gap = Math.max(left, reach(horizontal) - left - columns);
  const width = columns + gap;
  const start = vertical.paddingBefore * width + left;
  const imageEnd = start + vertical.inSize * width - gap;
  const size = Math.max(imageEnd, (reach(vertical) - 1) * width + reach(horizontal));
  return { width: width * group, gap: gap * group, start: start * group, size: size * group };
}
