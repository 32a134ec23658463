import { readAsset } from "./assets.js";
import { boundarySection } from "./boundarySection.js";
import { judgedSection } from "./confusionSection.js";
import { curvesSection } from "./curves.js";
import { overviewSection } from "./overview.js";
import { relevanceSection } from "./relevanceSection.js";
import { renderPage, type Section } from "./renderPage.js";
import type { ReportInput } from "./reportInput.js";
import { weightsSection } from "./weightsSection.js";

/** A training to look at: one HTML file. The same training gives the same bytes. */
export function renderReport(input: ReportInput): string {
  const boundary = boundarySection(input);
  const sections: (Section | undefined)[] = [
    overviewSection(input),
    boundary,
    curvesSection(input),
    judgedSection(input),
    relevanceSection(input),
    weightsSection(input),
  ];
  return renderPage(
    input.network.name,
    sections.filter((section) => section !== undefined),
    { kind: "pinfer training report", ...(boundary && { script: readAsset("boundary.browser.js") }) },
  );
}
