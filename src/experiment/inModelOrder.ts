import { elementCount, isSameShape, Tensor } from "../base/tensor.js";
import type { TrainedSource } from "../model/fromModel.js";
import { fromUserOrder, userShape } from "../network/axisOrder.js";
import type { Dataset, ExperimentData } from "../train/data/dataset.js";

/**
 * Data of a model's own users, whose axes have another order, as the model's network takes it. What has that shape
 * already is taken as it is, and axes of size 1 may stand anywhere.
 */
export function inModelOrder(data: ExperimentData, source: TrainedSource): ExperimentData {
  const { validation, test } = data;
  return {
    ...data,
    train: ordered(data.train, source),
    ...(validation && { validation: ordered(validation, source) }),
    ...(test && { test: ordered(test, source) }),
  };
}

function ordered<T extends Dataset>(set: T, { inputShape, axes }: TrainedSource): T {
  const [samples, ...shape] = set.inputs.shape;
  if (isSameShape(shape, userShape(inputShape, axes?.input))) {
    const data = fromUserOrder(set.inputs.data, inputShape, axes?.input);
    return { ...set, inputs: new Tensor([samples, ...inputShape], data) };
  }
  const large = (sizes: readonly number[]) => sizes.filter((size) => size !== 1);
  const isSame = elementCount(shape) > 0 && isSameShape(large(shape), large(inputShape));
  return isSame ? { ...set, inputs: new Tensor([samples, ...inputShape], set.inputs.data) } : set;
}
