import { UserError } from "../../base/errors.js";
import { Fields } from "../../base/fields.js";
import { quoted } from "../../base/printable.js";
import { Random } from "../../base/random.js";
import type { Shape } from "../../base/tensor.js";
import type { LayerSpec } from "../../train/layers/graph.js";
import type { Layer } from "../../train/layers/layerKinds.js";
import { Network } from "../../train/network/network.js";
import type { ImportedFloats } from "../importedFloats.js";
import { readCalls, readEnds, type TensorReference } from "./inbound.js";
import type { KerasFile, LayerPlace } from "./kerasFile.js";
import { type LayerContext, type Put, padded, type Value } from "./layerContext.js";
import { findImporter } from "./layerImporters.js";
import { nameOf, placeIn, readBatchShape, StoredNames } from "./places.js";

const modelClasses = ["Functional", "Model", "Sequential"];

const mostLayers = 10_000;
const deepestModel = 8;
/** Lines of a message; a hostile file could have thousands. */
const linesShown = 12;

/** A model that is being walked: the whole, or one within another. */
interface Level {
  readonly config: Fields;
  /** Of the models around it. */
  readonly place: LayerPlace;
  readonly depth: number;
}

export interface KerasOptions {
  /** Leaves out a softmax that gives the output. */
  readonly withoutSoftmax?: boolean;
}

/**
 * Makes a float network of what a Keras file holds, as training makes it: fixed inputs without the batch axis, layers
 * under their Keras names, weights in our order.
 *
 * The file may come from anywhere: whatever is in it, the answer is a network that holds together, or a UserError with
 * all that stands in the way.
 *
 * @param name of the network
 * @throws UserError when the model has layers or settings that are not supported, or its weights do not fit
 */
export function importKeras(file: KerasFile, name: string, options: KerasOptions = {}): ImportedFloats {
  return new Importer(file).run(name, options.withoutSoftmax ?? false);
}

class Importer {
  private readonly layers: Layer[] = [];
  private readonly connections: number[][] = [];
  private readonly names = new Set<string>();
  private readonly origins: ImportedFloats["origins"][number][] = [];
  private readonly notes: string[] = [];
  private readonly problems: { readonly line: string; readonly hint: string | undefined }[] = [];
  private inputShape: Shape | undefined;
  private count = 0;

  constructor(private readonly file: KerasFile) {}

  run(name: string, withoutSoftmax: boolean): ImportedFloats {
    const { file } = this;
    const model = new Fields(file.file, file.model);
    const outputs = this.walk(model, { names: [], stored: [] }, undefined, 0);
    this.tellProblems();
    const end = outputs[0];
    if (this.inputShape === undefined || end === undefined) {
      throw new UserError(`${file.file}: the model has no layers`, "save a model that was built");
    }
    if (outputs.length !== 1) {
      throw new UserError(
        `${file.file}: the model has ${outputs.length} outputs; one is supported`,
        "save a model that ends in one of them",
      );
    }
    const output = padded({ name: "output", put: this.putOf("output", "ZeroPadding") }, end);
    if (output.number !== this.layers.length) {
      throw new UserError(
        `${file.file}: layers stand behind the model's output, which is that of ${this.layerName(output)}`,
        "save a model that ends in its output",
      );
    }
    if (withoutSoftmax) this.leaveOutSoftmax();
    const network = new Network(name, this.inputShape, "float32", this.layers, this.connections);
    return {
      network,
      input: { name: "input", axes: undefined },
      output: { name: "output", axes: undefined },
      producer: file.producer,
      origins: this.origins,
      leftOut: withoutSoftmax ? "Softmax" : undefined,
      notes: this.notes,
    };
  }

  /** @throws UserError when none stands at the end */
  private leaveOutSoftmax(): void {
    if (this.layers.at(-1)?.kind !== "softmax" || this.layers.length === 1) {
      throw new UserError(`${this.file.file}: no softmax gives its output`, "leave out --without-softmax");
    }
    for (const list of [this.layers, this.connections, this.origins]) list.pop();
  }

  private layerName({ number }: Value): string {
    return number === 0 ? "the input" : quoted(this.layers[number - 1].name);
  }

  /** @param inputs what a model within another is given; undefined for the whole */
  private walk(
    model: Fields,
    place: LayerPlace,
    inputs: readonly (Value | undefined)[] | undefined,
    depth: number,
  ): (Value | undefined)[] {
    if (depth > deepestModel) model.fail("config", `models within models to a depth of ${deepestModel}`);
    const className = model.oneOf("class_name", modelClasses);
    const raw = model.value("config");
    // Keras 1 and early files of TensorFlow.js give the layers alone
    const config = Array.isArray(raw)
      ? new Fields(`${model.place}.config`, { layers: raw })
      : model.object("config");
    const level: Level = { config, place, depth };
    return className === "Sequential" ? this.walkSequential(level, inputs) : this.walkGraph(level, inputs);
  }

  private walkSequential(
    level: Level,
    inputs: readonly (Value | undefined)[] | undefined,
  ): (Value | undefined)[] {
    const { config } = level;
    const stored = new StoredNames();
    let value: Value | undefined = inputs?.[0];
    let isKnown = inputs !== undefined;
    for (const layer of config.objects("layers")) {
      const className = layer.string("class_name");
      const settings = layer.object("config");
      if (!isKnown) {
        value = this.takeInput(this.readInputShape(settings, layer, config));
        isKnown = true;
      }
      if (className === "InputLayer") continue;
      // Keras does not count a sequential model's input
      const place = placeIn(level.place, nameOf(layer, settings), stored.next(className));
      [value] = this.importLayer(layer, className, settings, place, [value], level.depth);
    }
    return [value];
  }

  private readInputShape(settings: Fields, layer: Fields, config: Fields): Shape {
    const own = ["batch_input_shape", "batch_shape"].find((name) => settings.has(name));
    if (own !== undefined) return readBatchShape(settings, own);
    if (config.has("build_input_shape")) return readBatchShape(config, "build_input_shape");
    if (layer.has("build_config")) {
      const build = layer.object("build_config");
      if (build.has("input_shape")) return readBatchShape(build, "input_shape");
    }
    // a model within the model tells it
    if (settings.has("layers")) {
      const [first] = settings.objects("layers");
      if (first !== undefined) return this.readInputShape(first.object("config"), first, settings);
    }
    return settings.fail("batch_input_shape", "the shape of the input: save the model after it was built");
  }

  private takeInput(shape: Shape): Value {
    this.inputShape = shape;
    return { number: 0, shape };
  }

  private walkGraph(level: Level, inputs: readonly (Value | undefined)[] | undefined): (Value | undefined)[] {
    const { config } = level;
    const starts = readEnds(config, "input_layers");
    if (starts.length !== 1) {
      throw new UserError(
        `${config.place}: the model has ${starts.length} inputs; one is supported`,
        "join them to one input in the model, and take it apart with layers",
      );
    }
    const values = new Map<string, (Value | undefined)[]>();
    const stored = new StoredNames();
    let waiting = config.objects("layers").map((layer) => {
      const settings = layer.object("config");
      const className = layer.string("class_name");
      const name = nameOf(layer, settings);
      return {
        layer,
        settings,
        className,
        name,
        storedName: stored.next(className),
        calls: readCalls(layer),
      };
    });
    const valueAt = ([name, , output]: TensorReference) => values.get(name)![output];
    while (waiting.length > 0) {
      const later = waiting.filter(({ layer, settings, className, name, storedName, calls }) => {
        if (className === "InputLayer") {
          const isStart = name === starts[0][0];
          if (!isStart) layer.fail("name", `${quoted(starts[0][0])}, the only input`);
          values.set(name, [
            inputs === undefined ? this.takeInput(this.readInputShape(settings, layer, config)) : inputs[0],
          ]);
          return false;
        }
        if (!calls.every((call) => call.every(([from]) => values.has(from)))) return true;
        const place = placeIn(level.place, name, storedName);
        if (calls.length !== 1) {
          this.complain(
            place,
            className,
            new UserError(
              `is called ${calls.length} times; layers of shared weights are not imported`,
              "give each call a layer of its own",
            ),
          );
          values.set(name, []);
          return false;
        }
        values.set(
          name,
          this.importLayer(layer, className, settings, place, calls[0].map(valueAt), level.depth),
        );
        return false;
      });
      if (later.length === waiting.length) {
        later[0].layer.fail("inbound_nodes", "layers of the model, without a circle");
      }
      waiting = later;
    }
    return readEnds(config, "output_layers").map((reference) => {
      if (!values.has(reference[0])) config.fail("output_layers", "layers of the model");
      return valueAt(reference);
    });
  }

  /** @returns what it gives; undefined where it, or what stands before it, could not be imported */
  private importLayer(
    layer: Fields,
    className: string,
    config: Fields,
    place: LayerPlace,
    inputs: readonly (Value | undefined)[],
    depth: number,
  ): (Value | undefined)[] {
    if (++this.count > mostLayers) {
      throw new UserError(`${this.file.file}: more than ${mostLayers} layers`);
    }
    if (modelClasses.includes(className)) return this.walk(layer, place, inputs, depth + 1);
    try {
      const take = findImporter(className, config);
      if (inputs.includes(undefined)) return [undefined];
      return [take(this.contextOf(className, config, place), inputs as readonly Value[])];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.complain(place, className, error);
      return [undefined];
    }
  }

  /** @param node the layer of the file, whose name the built one has where it is given none */
  private putOf(node: string, operator: string): Put {
    return <Spec extends LayerSpec>(
      spec: Spec,
      inputs: readonly Value[],
      settle?: (layer: ReturnType<Spec["build"]>) => void,
    ) => {
      const built = spec.build({
        name: spec.options.name ?? node,
        inputShapes: inputs.map(({ shape }) => shape),
        dtype: "float32",
        random: new Random(0),
      }) as ReturnType<Spec["build"]>;
      settle?.(built);
      return this.add(built, inputs, { node, operator });
    };
  }

  private contextOf(className: string, config: Fields, place: LayerPlace): LayerContext {
    const name = place.names.join("/");
    return {
      name,
      className,
      config,
      major: this.file.major,
      weights: this.file.weightsOf(place),
      put: this.putOf(name, className),
      note: (text) => this.notes.push(text),
    };
  }

  private add(layer: Layer, inputs: readonly Value[], origin: { node: string; operator: string }): Value {
    if (this.names.has(layer.name)) throw new UserError(`two layers are named ${quoted(layer.name)}`);
    this.names.add(layer.name);
    this.layers.push(layer);
    this.connections.push(inputs.map(({ number }) => number));
    this.origins.push({ layer: layer.name, ...origin });
    return { number: this.layers.length, shape: layer.outputShape };
  }

  private complain(place: LayerPlace, className: string, { message, hint }: UserError): void {
    const layer = `${quoted(place.names.join("/"))} (${quoted(className).slice(1, -1)})`;
    this.problems.push({ line: `layer ${this.count} ${layer}: ${message}`, hint });
  }

  /** @throws UserError with all that stands in the way, if anything does */
  private tellProblems(): void {
    const { problems } = this;
    if (problems.length === 0) return;
    const shown = problems.slice(0, linesShown).map(({ line }) => line);
    if (problems.length > shown.length) shown.push(`and ${problems.length - shown.length} more`);
    const hints = new Set(problems.flatMap(({ hint }) => hint ?? []));
    throw new UserError(
      `${this.file.file} cannot be imported:\n  ${shown.join("\n  ")}`,
      hints.size === 0 ? undefined : [...hints].join("; "),
    );
  }
}
