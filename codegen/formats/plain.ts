import type { Layout } from "./layout.js";

export const plain: Layout = {
  project: "any project",
  headers: "",
  sources: "",
  takenNames: [],
  describe: () => [],
  explain: () => [],
  steps: ({ headers, sources }) => [
    `Copy ${[...headers, ...sources].map((file) => `\`${file}\``).join(", ")} into your project.`,
    `Compile ${sources.map((file) => `\`${file}\``).join(", ")} as C99 or later, with any flags.`,
    "Include the header, from C or C++.",
  ],
  snippet: ({ name }) => ({
    language: "c",
    lines: [`#include "${name}.h"`],
  }),
};
