import { UserError } from "../base/errors.js";
import { formatShape, isSameShape, type Shape } from "../base/tensor.js";
import { type StoredArray, type StoredTensor, storedTypeName } from "../formats/safetensors.js";

/** Collects a model's tensors on their way to a file. */
export class TensorsToStore {
  readonly all = new Map<string, StoredTensor>();

  put(name: string, shape: Shape, data: StoredArray): void {
    if (this.all.has(name)) throw new Error(`two tensors are named ${name}`);
    this.all.set(name, { shape, data });
  }
}

/** The tensors of a file that was read. */
export class StoredTensors {
  /** @param file its name, for messages */
  constructor(
    readonly file: string,
    private readonly tensors: ReadonlyMap<string, StoredTensor>,
  ) {}

  /** @throws UserError when there is no tensor of this name, shape and element type */
  get<A extends StoredArray>(name: string, shape: Shape, type: new (buffer: ArrayBuffer) => A): A {
    const wanted = `tensor "${name}" of ${formatShape(shape)} ${type.name}`;
    const found = this.tensors.get(name);
    if (found === undefined) throw new UserError(`${this.file} has no ${wanted}`);
    if (!isSameShape(found.shape, shape) || !(found.data instanceof type)) {
      const isOf = `${formatShape(found.shape)} ${storedTypeName(found.data)}`;
      throw new UserError(`${this.file} should have a ${wanted}, found ${isOf}`);
    }
    return found.data;
  }
}
