import { expect, it } from "vitest";
import { treeModelOperators } from "../../src/import/onnx/importTrees.js";
import { onnxOperators } from "../../src/import/onnx/operators.js";
import { integerOperators } from "../../src/import/onnxIntegers/importIntegers.js";
import { readPage } from "./pages.js";

it("docs/onnx.md lists the operators that are imported, each once", () => {
  const lists = [...readPage("docs/onnx.md").matchAll(/^- \*\*.*\*\*: (.*)$/gm)];
  const named = lists.flatMap(([, names]) => names!.split(", "));
  expect(named.toSorted()).toEqual(Object.keys(onnxOperators).toSorted());
});

it("docs/onnx.md lists the operators of quantized models, each once", () => {
  const page = readPage("docs/onnx.md");
  const rows = [...page.matchAll(/^\| ([A-Z]\w+(?:, \w+)*) \|/gm)];
  const named = rows.flatMap(([, names]) => names!.split(", "));
  const known = Object.keys(integerOperators).map((name) => name.replace("com.microsoft.", ""));
  expect(named.toSorted()).toEqual(known.toSorted());
});

it("docs/onnx.md lists the operators of models of trees", () => {
  const [, list] = /^Of `ai\.onnx\.ml`: (.*)\.$/m.exec(readPage("docs/onnx.md"))!;
  expect(list!.split(", ")).toEqual(treeModelOperators);
});
