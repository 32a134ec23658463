import * as Plot from "@observablehq/plot";
import { DOMImplementation, type Node, XMLSerializer } from "@xmldom/xmldom";
import { Html, withoutControls } from "./html.js";

/** What every chart of a page shares. */
const look: Plot.PlotOptions = {
  width: 480,
  height: 240,
  marginLeft: 56,
  marginBottom: 40,
  style: "font-size: 12px", // as an attribute: the document here knows no style objects
};

const numbers = /-?\d+\.\d{3,}(e-?\d+)?/g;
const positions = new Set(
  [
    "d",
    "points",
    "transform",
    "width",
    "height",
    "r",
    "rx",
    "x",
    "y",
    "x1",
    "x2",
    "y1",
    "y2",
    "cx",
    "cy",
  ].values(),
);

/**
 * Draws a chart as SVG: text, so that a page needs no program to show it and the same numbers give the same bytes.
 *
 * @param options of Observable Plot, over the pages' common look
 * @param description what the chart shows, for those who do not see it
 */
export function renderChart(description: string, options: Plot.PlotOptions): Html {
  const document = new DOMImplementation().createDocument("http://www.w3.org/1999/xhtml", "html", null);
  const plot = Plot.plot({ ...look, ...options, document: document as unknown as never });
  const svg = plot as unknown as DrawnElement;
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", withoutControls(description));
  tidy(svg);
  return new Html(new XMLSerializer().serializeToString(svg as unknown as Node));
}

/** As much of an element as is needed here: the project has no types of a browser's document. */
interface DrawnElement {
  readonly nodeType: number;
  readonly nodeName: string;
  data: string;
  readonly childNodes: ArrayLike<DrawnElement>;
  readonly attributes: ArrayLike<{ readonly name: string; value: string }>;
  setAttribute(name: string, value: string): void;
}

const textNode = 3;

/** Rounds positions to a hundredth of a pixel, and takes out of texts what XML cannot hold. */
function tidy(node: DrawnElement): void {
  if (node.nodeType === textNode) {
    node.data = withoutControls(node.data);
    return;
  }
  for (const attribute of Array.from(node.attributes ?? [])) {
    if (positions.has(attribute.name)) {
      attribute.value = attribute.value.replace(numbers, (number) =>
        String(Number(Number(number).toFixed(2))),
      );
    }
  }
  for (const child of Array.from(node.childNodes ?? [])) tidy(child);
}
