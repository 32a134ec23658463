import { join } from "node:path";
import { writeFilesAtomically } from "../base/files.js";
import { writeNpy } from "../formats/samples.js";
import { joinValues } from "../network/elementTypes.js";
import { quantizationOf } from "../network/quantization.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import type { Program } from "../program/program.js";
import type { LayerListener } from "./layers.js";
import { findDifferences } from "./outputs.js";

/** What a dump's index says of each layer. */
interface DumpedLayer {
  readonly layer: number;
  readonly name: string;
  readonly kind: string;
  readonly shape: readonly number[];
  readonly scale: number;
  readonly zeroPoint: number;
  /** [samples, ...shape] of the layer's element type, from the device. */
  readonly file: string;
  /** The same from the host, where any byte is another one; null where all are equal. */
  readonly hostFile: string | null;
}

/** "03-conv2d_1" from any layer's name: a file name on every system. */
function fileStem(layer: number, layerCount: number, name: string): string {
  const number = String(layer).padStart(String(layerCount - 1).length, "0");
  return `${number}-${name.replace(/[^A-Za-z0-9_.-]+/g, "_").slice(0, 60)}`;
}

/** Collects every layer's outputs and writes them as .npy files with an index. */
export class LayerDump {
  private readonly device: ActivationData[][];
  private readonly host: ActivationData[][];
  private readonly differs: boolean[];

  constructor(private readonly program: Program) {
    this.device = program.calls.map(() => []);
    this.host = program.calls.map(() => []);
    this.differs = program.calls.map(() => false);
  }

  readonly add: LayerListener = (layer, _, host, device) => {
    this.device[layer]!.push(device);
    this.host[layer]!.push(host);
    if (findDifferences(host, device).bytes > 0) this.differs[layer] = true;
  };

  /**
   * Writes NN-layer.npy from the device, NN-layer.host.npy beside it where the host's is another one, and layers.json.
   *
   * @param folder must be there
   * @throws UserError when a file cannot be written
   */
  write(folder: string): void {
    const { calls } = this.program;
    const layers = calls.map(({ name, kind, output }, layer): DumpedLayer => {
      const stem = fileStem(layer, calls.length, name);
      const save = (file: string, outputs: readonly ActivationData[]): string => {
        writeNpy(join(folder, file), joinValues(outputs, output.elementType), [
          outputs.length,
          ...output.shape,
        ]);
        return file;
      };
      const { shape } = output;
      const { scale, zeroPoint } = quantizationOf(output);
      const file = save(`${stem}.npy`, this.device[layer]!);
      const hostFile = this.differs[layer] ? save(`${stem}.host.npy`, this.host[layer]!) : null;
      return { layer, name, kind, shape, scale, zeroPoint, file, hostFile };
    });
    const data = `${JSON.stringify({ layers }, null, 2)}\n`;
    writeFilesAtomically([{ path: join(folder, "layers.json"), data }]);
  }
}
