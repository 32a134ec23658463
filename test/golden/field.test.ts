import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { optimizeModes } from "../../src/program/program.js";
import { checkOracle } from "./check.js";
import { checkOnDevice } from "./devices.js";
import { fieldModelsAreMissing, hasFieldModels, readFieldEntries, readFieldModel } from "./fieldModels.js";

/** Small ones of each kind: dense, convolutions, depthwise with 8 channels of one, residual, float32 at both ends, states, two inputs. */
const small = [
  "tflite-micro__hello_world__7d2933",
  "openmv__force_int_quant__8a4d02",
  "TinyMaix__mnist_resnet_q__b86192",
  "tflite-micro__micro_speech__3cacd1",
  "microflow-rs__lenet__89b8ce",
  "micro-wake-word-mo__vad__7aa4db",
  "tflite-micro__simple_add_model__aec680",
];

/** Of int16 activations and int8 weights. */
const ofInt16 = "ML-zoo__ds_cnn_quantized__e80b23";

describe("models that others have published give TensorFlow Lite Micro's bytes", () => {
  if (!hasFieldModels) {
    it.skip(fieldModelsAreMissing, () => {});
    return;
  }
  const entries = readFieldEntries();
  const entryOf = (name: string) => entries.find((entry) => entry.name === name)!;

  it.each(small)("%s: outputs and logits on the host, in each mode, with and without passes", (name) => {
    const model = readFieldModel(entryOf(name));
    for (const optimize of optimizeModes) {
      for (const passes of [true, false]) {
        const program = planProgram(model.network, { optimize, passes });
        const { vectors, logits, differences } = checkOracle(model, program, model.inputs.keys());
        expect([optimize, passes, ...differences]).toEqual([optimize, passes]);
        expect([vectors, logits]).toEqual([model.inputs.length, model.logits?.length ?? 0]);
      }
    }
  });

  it(`${ofInt16}: outputs on the host`, () => {
    const model = readFieldModel(entryOf(ofInt16));
    const { vectors, differences } = checkOracle(model, planProgram(model.network), [0, 3, 7]);
    expect([vectors, differences]).toEqual([3, []]);
  });

  it.each([...small.slice(0, 2), ofInt16])("%s: in C on this computer", async (name) => {
    const model = readFieldModel(entryOf(name));
    const { vectors, differences } = await checkOnDevice(model, "host C", [...model.inputs.keys()]);
    expect([vectors, differences]).toEqual([model.inputs.length, []]);
  });

  it("those that cannot be imported are refused by a message, and every other one can be planned", () => {
    const refused = entries.filter((entry) => {
      try {
        planProgram(readFieldModel(entry).network, { optimize: "size" });
        return false;
      } catch (error) {
        expect([entry.name, error]).toEqual([entry.name, expect.any(UserError)]);
        expect([entry.name, (error as UserError).message]).toEqual([
          entry.name,
          expect.stringMatching(/\/model\.tflite(:| cannot be imported)/),
        ]);
        return true;
      }
    });
    expect(refused.filter(({ imports }) => imports)).toEqual([]);
  });
});
