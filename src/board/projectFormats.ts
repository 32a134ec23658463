/** Surroundings that a network's C can be exported for, firmware left out; codegen/formats has one file for each. */
export const projectFormats = [
  "cmake",
  "platformio",
  "arduino",
  "zephyr",
  "esp-idf",
  "cmsis-pack",
  "cubeide",
  "plain",
] as const;

export type ProjectFormat = (typeof projectFormats)[number];
