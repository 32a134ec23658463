import { expect, it } from "vitest";
import { operatorImporters } from "../../src/import/operators.js";
import { readPage } from "./pages.js";

it("docs/tflite.md lists the operators that are imported, each once", () => {
  const lists = [...readPage("docs/tflite.md").matchAll(/^- \*\*.*\*\*.*: (.*)$/gm)];
  const named = lists.flatMap(([, names]) => names!.split(", "));
  expect(named.toSorted()).toEqual(Object.keys(operatorImporters).toSorted());
});
