import { expect, it } from "vitest";
import { floatOperatorNames } from "../../src/import/floatTflite/importFloatTflite.js";
import { operatorImporters } from "../../src/import/operators.js";
import { readPage } from "./pages.js";

it("docs/tflite.md lists the operators that are imported, each once", () => {
  const lists = [...readPage("docs/tflite.md").matchAll(/^- \*\*.*\*\*.*: (.*)$/gm)];
  const named = lists.flatMap(([, names]) => names!.split(", "));
  expect(named.toSorted()).toEqual(Object.keys(operatorImporters).toSorted());
});

it("docs/tflite.md lists the operators of float models that are imported", () => {
  const [, names] = /^Imported are: (.*)\.$/m.exec(readPage("docs/tflite.md"))!;
  expect(names!.split(", ").toSorted()).toEqual([...floatOperatorNames]);
});
