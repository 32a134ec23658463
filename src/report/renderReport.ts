import { readAsset } from "./assets.js";
import { boundarySection } from "./boundarySection.js";
import { judgedSection } from "./confusionSection.js";
import { curvesSection } from "./curves.js";
import { dataSection } from "./dataSection.js";
import { overviewSection } from "./overview.js";
import { quantizationSection } from "./quantizationSection.js";
import { relevanceSection } from "./relevanceSection.js";
import { renderPage, type Section } from "./renderPage.js";
import type { ReportInput } from "./reportInput.js";
import { weightsSection } from "./weightsSection.js";

/** A training to look at: one HTML file. The same training gives the same bytes. */
export function renderReport(input: ReportInput): string {
  return render(
    input,
    [judgedSection(input), quantizationSection(input), relevanceSection(input), weightsSection(input)],
    "pinfer training report",
  );
}

/** A training that goes on: what can be drawn quickly, in a page that the browser loads anew. */
export function renderRunningReport(input: ReportInput, refreshSeconds: number): string {
  return render(input, [], "pinfer training report, still training", refreshSeconds);
}

function render(
  input: ReportInput,
  more: readonly (Section | undefined)[],
  kind: string,
  refreshSeconds?: number,
): string {
  const boundary = boundarySection(input);
  const sections = [overviewSection(input), dataSection(input), boundary, curvesSection(input), ...more];
  return renderPage(
    input.network.name,
    sections.filter((section) => section !== undefined),
    {
      kind,
      ...(boundary && { script: readAsset("boundary.browser.js") }),
      ...(refreshSeconds !== undefined && { refreshSeconds }),
    },
  );
}
