import { UserError } from "../base/errors.js";
import { elementCount } from "../base/tensor.js";
import type {
  Port,
  QuantizedLayer,
  QuantizedNetwork,
  QuantizedTensor,
  State,
} from "../network/quantizedNetwork.js";
import { type Activation, elementTypeOf, readActivation } from "./activation.js";
import type { Borders, BorderTensor } from "./borders.js";
import type { ModelStates, WindowOrigin } from "./findStates.js";
import type { Unsupported } from "./findUnsupported.js";
import { type ImportedLayer, NotSupported, OperatorContext } from "./operatorContext.js";
import { type OperatorImporter, operatorImporters } from "./operators.js";
import type { TfliteModel, TfliteOperator } from "./readTflite.js";

/** Where a layer comes from. */
export interface LayerOrigin {
  /** The layer's name. */
  readonly layer: string;
  /** The operator's index in the file. */
  readonly operator: number;
  /** "CONV_2D" */
  readonly type: string;
  readonly version: number;
  /** The name that the output tensor has in the file, empty where it is none of the file's: free text. */
  readonly tensor: string;
}

/** Values of all activations: some hundred times what a network has whose largest ones fit a microcontroller. */
const mostActivationValues = 2 ** 26;
/** Bytes of all weights: more than any microcontroller's flash. A file may use the same bytes for many layers. */
const mostParameterBytes = 2 ** 26;

/**
 * Makes layers of a model's operators, one after the other. What is not supported of an operator is kept, and the next one is
 * read as if its inputs were what the file says of them: so all of it is found at once. Where something has been said of
 * an operator or a tensor already, what comes of it is no complaint.
 */
export class LayerReader {
  readonly complaints: NotSupported[] = [];
  readonly origins: LayerOrigin[] = [];
  readonly #layers: QuantizedLayer[] = [];
  readonly #tensors: QuantizedTensor[] = [];
  readonly #states: State[] = [];
  /** Number in the file → activation and its number in the network. */
  readonly #filled = new Map<number, { activation: Activation; tensor: number }>();
  /** Tensors of which nothing is known, since something about them or before them has been complained of. */
  readonly #unclear = new Set<number>();
  /** Number of the last activation that an operator has inside. */
  #lastIndex = 0;
  #parameterBytes = mostParameterBytes;
  #activationValues = 0;

  /** @param borders undefined for a model with problems, whose operators are only read to find more */
  constructor(
    readonly model: TfliteModel,
    readonly unsupported: Unsupported,
    readonly borders: Borders | undefined,
    readonly states: ModelStates,
  ) {
    if (borders === undefined) for (const input of model.inputs) this.#fillAsDeclared(input);
    else for (const { tensor, name } of borders.inputs) this.#fillInput(tensor, name);
  }

  /** @throws UserError when the operator contradicts itself, and nothing before it has been complained of */
  take(operator: TfliteOperator): void {
    const { index, inputs, outputs } = operator;
    if (this.borders?.operators.has(index) || this.states.operators.has(index)) return;
    const isTold =
      this.unsupported.operators.has(index) ||
      [...inputs, ...outputs].some((tensor) => this.unsupported.tensors.has(tensor)) ||
      inputs.some((tensor) => this.#unclear.has(tensor));
    if (!isTold) {
      try {
        this.#read(operator);
      } catch (error) {
        if (error instanceof NotSupported) this.complaints.push(error);
        else if (!(error instanceof UserError) || !this.#hasComplaints()) throw error;
        // a contradiction may come of what has been complained of
        else for (const output of outputs) this.#unclear.add(output);
      }
    }
    for (const output of outputs) this.#fillAsDeclared(output);
  }

  #hasComplaints(): boolean {
    return this.unsupported.lines.length > 0 || this.complaints.length > 0;
  }

  /** @throws UserError when no operator fills the output; call it where nothing has been complained of */
  network(): Omit<QuantizedNetwork, "name"> {
    const port = ({ tensor, name, border }: BorderTensor): Port => {
      const filled = this.#filled.get(tensor);
      if (filled !== undefined && this.#layers.length > 0) return { tensor: filled.tensor, name, border };
      throw new UserError(
        `${this.model.file}: no operator fills the model's output, tensor ${tensor}`,
        "the model contradicts itself: convert it again",
      );
    };
    return {
      tensors: this.#tensors,
      inputs: this.borders!.inputs.map(port),
      outputs: this.borders!.outputs.map(port),
      states: this.#states,
      layers: this.#layers,
    };
  }

  #fillInput(tensor: number, name: string): void {
    if (this.#filled.has(tensor))
      throw new UserError(
        `${this.model.file}: tensor ${tensor} is two inputs of the model`,
        "the model contradicts itself: convert it again",
      );
    this.#fill(readActivation(this.model, tensor), name);
  }

  #read(operator: TfliteOperator): void {
    const { model } = this;
    const window = this.states.windows.get(operator.index);
    const importer = operatorImporters[operator.name];
    const { layerName, read, outputs: most = 1 } = importer;
    const { length } = operator.outputs;
    if (length < 1 || length > most) {
      throw new UserError(
        `${model.file}: operator ${operator.index} (${operator.name}) has ${length} outputs, expected ${most === 1 ? 1 : `1 to ${most}`}`,
      );
    }
    const context = new OperatorContext(
      model.file,
      operator,
      model.tensors,
      (tensor) => this.#filled.get(tensor)?.activation,
      operator.outputs.map((tensor) => readActivation(model, tensor)),
      this.#parameterBytes,
      () => --this.#lastIndex,
    );
    for (const { index } of context.outputs) {
      if (!this.#filled.has(index)) continue;
      context.fail(`writes tensor ${index}, which is filled before`, "each tensor is filled once");
    }
    expectTypes(context, importer);
    if (window !== undefined) {
      this.#readWindow(context, window);
      return;
    }
    try {
      const results = [read(context)].flat();
      const layers = [...context.steps, ...results];
      for (const [place, layer] of layers.entries()) {
        const isResult = place === layers.length - 1 && results.length === 1;
        this.#add(layer, `${layerName}_${operator.index}${isResult ? "" : `_${place + 1}`}`, context);
      }
    } finally {
      this.#parameterBytes = context.parameterBytesLeft;
    }
  }

  #tellOrigin(layer: string, { index, name: type, version }: TfliteOperator, output: Activation): void {
    const tensor = this.model.tensors[output.index]?.name ?? "";
    this.origins.push({ layer, operator: index, type, version, tensor });
  }

  /** Old rows and new ones: a layer whose output is a state. */
  #readWindow(context: OperatorContext, { reset }: WindowOrigin): void {
    const { operator, output } = context;
    const rows = context.input(1);
    context.expectSameQuantization(rows);
    context.expectSameQuantization(readActivation(this.model, operator.inputs[0]));
    const name = `stream_window_${operator.index}`;
    const before = this.#filled.get(rows.index)!.tensor;
    const state = this.#fill(output, name);
    this.#states.push({ tensor: state, reset });
    this.#layers.push({ kind: "streamWindow", name, inputs: [before, state], output: state });
    this.#tellOrigin(name, operator, output);
  }

  #add(
    { settings, inputs, output: given, reset }: ImportedLayer,
    name: string,
    context: OperatorContext,
  ): void {
    const output = given ?? context.output;
    const before = inputs.map(({ index }) => this.#filled.get(index)!.tensor);
    const filled = this.#fill(output, name);
    if (reset !== undefined) this.#states.push({ tensor: filled, reset });
    const all = reset === undefined ? before : [...before, filled];
    this.#layers.push({ ...settings, name, inputs: all, output: filled });
    this.#tellOrigin(name, context.operator, output);
  }

  #fill(activation: Activation, name: string): number {
    const { index, shape, elementType, quantization } = activation;
    this.#activationValues += elementCount(shape);
    if (this.#activationValues > mostActivationValues) {
      throw new UserError(
        `${this.model.file}: tensor ${index} has ${elementCount(shape)} values, ${this.#activationValues} with all before it; ` +
          `at most ${mostActivationValues} are read`,
        "no microcontroller runs as much: take a smaller model",
      );
    }
    this.#filled.set(index, { activation, tensor: this.#tensors.length });
    return this.#tensors.push({ name, shape, elementType, quantization }) - 1;
  }

  /** With what the file says of it, where nothing has filled it. */
  #fillAsDeclared(index: number): void {
    if (this.#filled.has(index) || this.#unclear.has(index)) return;
    try {
      if (this.unsupported.tensors.has(index)) this.#unclear.add(index);
      else this.#fill(readActivation(this.model, index), "");
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#unclear.add(index);
    }
  }
}

/** Most operators are imported with int8 alone. */
function expectTypes(
  context: OperatorContext,
  { types = [["int8", "int8"]], variables = [] }: OperatorImporter,
): void {
  const { operator, outputs, tensors } = context;
  const taken = operator.inputs.filter(
    (index, position) => tensors[index]?.data === undefined && index >= 0 && !variables.includes(position),
  );
  const inputs = new Set(taken.map((index) => elementTypeOf(tensors[index])));
  const given = new Set(outputs.map(({ elementType }) => elementType));
  const isRight = types.some(
    ([input, output]) =>
      [...inputs].every((type) => type === input) && [...given].every((type) => type === output),
  );
  if (isRight) return;
  const all = types.map(([input, output]) => (input === output ? input : `${input} to ${output}`));
  context.refuse(
    `takes ${[...inputs].join(" and ")} and gives ${[...given].join(" and ")}; ${all.join(", ")} is supported`,
  );
}
