import type { Fields } from "../../base/fields.js";

/** [layer, call of it, output of that]. */
export type TensorReference = readonly [layer: string, call: number, output: number];

function isReference(value: unknown): value is TensorReference {
  return (
    Array.isArray(value) &&
    value.length >= 3 &&
    typeof value[0] === "string" &&
    Number.isInteger(value[1]) &&
    Number.isInteger(value[2])
  );
}

/** `input_layers` and `output_layers`: a list, or in Keras 3 the only one without a list. */
export function readEnds(config: Fields, name: "input_layers" | "output_layers"): readonly TensorReference[] {
  const value = config.value(name);
  if (isReference(value)) return [value];
  const all = config.array(name);
  return all.every(isReference) ? all : config.fail(name, "references to layers");
}

/** Nested lists of arguments are looked through to this depth. */
const deepestArgument = 8;

/** Keras 3: the tensors among the arguments of a call, in order. */
function tensorsIn(value: unknown, depth = 0): TensorReference[] {
  if (depth > deepestArgument) return [];
  if (Array.isArray(value)) return value.flatMap((one) => tensorsIn(one, depth + 1));
  if (typeof value !== "object" || value === null) return [];
  const { class_name: className, config } = value as { class_name?: unknown; config?: unknown };
  if (className !== "__keras_tensor__" || typeof config !== "object" || config === null) return [];
  const { keras_history: history } = config as { keras_history?: unknown };
  return isReference(history) ? [history] : [];
}

/** Keras 2: a tensor, and those among the named arguments that stand behind it. */
function tensorsOf(reference: TensorReference): TensorReference[] {
  const named = (reference as readonly unknown[])[3];
  const others = typeof named === "object" && named !== null ? Object.values(named) : [];
  return [reference, ...others.filter(isReference)];
}

/**
 * The calls of a layer in a functional model: each the tensors that it takes. Keras 2 lists the tensors, Keras 3 the
 * arguments.
 *
 * @throws UserError when a call cannot be read
 */
export function readCalls(layer: Fields): (readonly TensorReference[])[] {
  return layer.array("inbound_nodes").map((call, index) => {
    if (Array.isArray(call)) {
      const list: unknown[] = isReference(call) ? [call] : call;
      return list.every(isReference)
        ? list.flatMap(tensorsOf)
        : layer.fail(`inbound_nodes[${index}]`, "references to layers");
    }
    if (typeof call !== "object" || call === null) {
      return layer.fail(`inbound_nodes[${index}]`, "a list or an object");
    }
    const { args, kwargs } = call as { args?: unknown; kwargs?: unknown };
    if (typeof kwargs === "object" && kwargs !== null && tensorsIn(Object.values(kwargs)).length > 0) {
      return layer.fail(`inbound_nodes[${index}].kwargs`, "without tensors");
    }
    return tensorsIn(args);
  });
}
