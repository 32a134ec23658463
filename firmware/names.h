/*
 * The names under which the firmware knows its network. This one is of a network that is called so; an export has its
 * own (codegen/printFirmwareNames.ts).
 */
#ifndef NAMES_H
#define NAMES_H

#include "network.h"

#endif
