import { expect, it } from "vitest";
import { onnxOperators } from "../../src/import/onnx/operators.js";
import { readPage } from "./pages.js";

it("docs/onnx.md lists the operators that are imported, each once", () => {
  const lists = [...readPage("docs/onnx.md").matchAll(/^- \*\*.*\*\*: (.*)$/gm)];
  const named = lists.flatMap(([, names]) => names!.split(", "));
  expect(named.toSorted()).toEqual(Object.keys(onnxOperators).toSorted());
});
