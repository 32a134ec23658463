import { elementCount, type FloatArray, type Shape, Tensor } from "../../base/tensor.js";

/**
 * Room for the derivatives by activations on the way back through a network. A derivative is done with when its layer has
 * gone back; its room is then for others of its size, which find it still in the processor's cache.
 */
export class GradientRoom {
  private readonly tensors = new Map<number, Tensor>();
  private readonly free: FloatArray[] = [];

  constructor(private readonly createFloats: (length: number) => FloatArray) {}

  /**
   * The derivative by an activation, until it is given back.
   *
   * @param shape with the batch
   */
  take(activation: number, shape: Shape): Tensor {
    let tensor = this.tensors.get(activation);
    if (tensor === undefined) {
      const length = elementCount(shape);
      const found = this.free.findIndex((floats) => floats.length === length);
      const [floats] = found < 0 ? [this.createFloats(length)] : this.free.splice(found, 1);
      tensor = new Tensor(shape, floats);
      this.tensors.set(activation, tensor);
    }
    return tensor;
  }

  giveBack(activation: number): void {
    const tensor = this.tensors.get(activation);
    if (tensor === undefined) return;
    this.tensors.delete(activation);
    this.free.push(tensor.data);
  }
}
