/**
 * How the text protocol of MLPerf Tiny takes an input: int8 as the network does, u8 as bytes from 0 for an int8 input
 * (128 is its 0), f32 as real values.
 */
export const textInputs = ["int8", "u8", "f32"] as const;

/** What it answers: the outputs, or one number, the mean squared error between input and output in real values. */
export const textResults = ["outputs", "mse"] as const;

export type TextInput = (typeof textInputs)[number];
export type TextResult = (typeof textResults)[number];

/** Left out: of the input's element type, as they are; outputs. */
export interface TextForm {
  readonly dutInput?: TextInput | undefined;
  readonly dutResult?: TextResult | undefined;
}

/** By the names by which the benchmark's runner chooses its script: what its data sets hold and its judge expects. */
export const benchmarkForms: Readonly<Record<string, Required<TextForm>>> = {
  kws01: { dutInput: "int8", dutResult: "outputs" },
  ic01: { dutInput: "u8", dutResult: "outputs" },
  vww01: { dutInput: "u8", dutResult: "outputs" },
  ad01: { dutInput: "f32", dutResult: "mse" },
};

/** What firmware/dut.h chooses by. */
export function textFlags({ dutInput = "int8", dutResult = "outputs" }: TextForm): string[] {
  return [
    ...(dutInput === "int8" ? [] : [`-DDUT_INPUT=INPUT_${dutInput.toUpperCase()}`]),
    ...(dutResult === "outputs" ? [] : ["-DDUT_RESULT=RESULT_MSE"]),
  ];
}
