import { describe, expect, it } from "vitest";
import { activationNames } from "../../src/import/keras/activations.js";
import { kerasLayerNames } from "../../src/import/keras/layerImporters.js";
import { readPage } from "./pages.js";

const page = readPage("docs/keras.md");

describe("docs/keras.md", () => {
  it("lists the layers that are imported, each once", () => {
    const lists = [...page.matchAll(/^- \*\*.*\*\*: (.*)$/gm)];
    const named = lists.flatMap(([, list]) => list.split(", "));
    expect(named.toSorted()).toEqual([...kerasLayerNames].toSorted());
  });

  it("lists the activations", () => {
    const [, list] = /^Activations, in a layer or alone: ([\s\S]*?)\. /m.exec(page)!;
    const named = list.replaceAll(/\([^)]*\)/g, "").split(/,\s+/);
    expect(named.map((name) => name.trim()).toSorted()).toEqual([...activationNames].toSorted());
  });
});
