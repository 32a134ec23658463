import type { Shape } from "../../base/tensor.js";

/** A layer that no float network has: an importer of its own takes it out of the graph. */
export abstract class OtherLayer {
  constructor(
    readonly name: string,
    readonly outputShape: Shape,
  ) {}
}
