import type { Layout } from "./layout.js";

export const cubeIde: Layout = {
  project: "an STM32CubeIDE project",
  headers: "Core/Inc",
  sources: "Core/Src",
  // what CubeMX writes into these two folders
  takenNames: "adc app_freertos can crc dac dma fdcan gpio i2c icache rtc sai spi stm32 tim usart".split(" "),
  describe: () => [],
  explain: () => [],
  steps: () => [
    "Copy `Core` over your project's `Core`: it adds files and replaces none. In the IDE, refresh the project (F5).",
    "Nothing is to be set: the folders are sources and includes of every CubeIDE project, and the file asks for its own optimization, so Debug's `-O0` and Release's `-Os` may stay.",
    "Include the header in `main.c` as below, where CubeMX keeps what stands.",
  ],
  snippet: ({ name }) => ({
    language: "c",
    lines: ["/* USER CODE BEGIN Includes */", `#include "${name}.h"`, "/* USER CODE END Includes */"],
  }),
};
