import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { exportFirmware } from "../../dist/codegen/exportFirmware.js";
import { buildFolder } from "../../dist/src/board/buildFolder.js";
import { compileFirmware } from "../../dist/src/board/compile.js";

/** Firmware around nothing: what boot and link take. */
const emptyNetwork = {
  "network.h": `#ifndef NETWORK_H
#define NETWORK_H
#include <stdint.h>
#define NETWORK_INPUT_BYTES 1
#define NETWORK_OUTPUT_BYTES 1
#define NETWORK_ARENA_BYTES 4
#define NETWORK_DESCRIPTION_BYTES 1
#define NETWORK_LAYER_COUNT 1
extern int8_t network_arena[NETWORK_ARENA_BYTES];
extern const uint8_t network_description[NETWORK_DESCRIPTION_BYTES];
static inline int8_t *network_input(void) { return network_arena; }
static inline const int8_t *network_output(void) { return network_arena; }
void network_run(void);
const int8_t *network_run_layer(int32_t layer, uint32_t *size);
#endif
`,
  "network.c": `#include "network.h"
int8_t network_arena[NETWORK_ARENA_BYTES];
const uint8_t network_description[NETWORK_DESCRIPTION_BYTES] = {0};
void network_run(void) {}
const int8_t *network_run_layer(int32_t layer, uint32_t *size)
{
    (void)layer;
    *size = 0;
    return 0;
}
`,
};

/** Flash of an image with no network in it. */
export async function emptyImageBytes(board, folder) {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(emptyNetwork)) writeFileSync(join(folder, name), text);
  const { sizes } = await compileFirmware({
    board,
    sources: [{ path: join(folder, "network.c") }],
    includeDirectories: [folder],
    outputDirectory: join(folder, "build"),
  });
  return sizes.flashBytes;
}

/** Exports and builds a network as users do. */
export async function buildImage(network, board, optimize, folder) {
  const { files, program } = exportFirmware(network, board, { optimize });
  for (const { path, data } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), data);
  }
  const { image } = await buildFolder(folder);
  return { program, image };
}
