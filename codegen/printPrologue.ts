import type { GeneratedNetwork } from "./generatedNetwork.js";

/**
 * What stands above everything in a network's .c: its header, and the macros that make it the same code with every
 * compiler and under every project's flags.
 *
 * @param uses.hasFlash tables may be in an address space of their own
 * @param uses.hasSimd some of its arithmetic is packed
 */
export function printPrologue(
  { prefix, program }: GeneratedNetwork,
  { hasFlash, hasSimd }: { readonly hasFlash: boolean; readonly hasSimd: boolean },
): string[] {
  const macro = prefix.toUpperCase();
  const isSmall = program.optimize === "size";
  return [
    `#include "${prefix}.h"`,
    `#if !defined(__GNUC__)
#include <string.h>
#endif`,
    ...(hasSimd
      ? [
          `/* Where the core has packed arithmetic, its instructions; elsewhere the same values in plain C. */
#if defined(__ARM_FEATURE_DSP)
#include <arm_acle.h>
#endif`,
        ]
      : []),
    // LDR after LDR takes a cycle each on a Cortex-M4, LDRD three for two: gcc joins loads in peephole2; where loops are
    // not unrolled, its first scheduler moves loads up until sums go to the stack
    `/* The same instructions under every flag of a project: sizes and speeds were measured with these. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O2"${hasSimd ? (isSmall ? ', "no-schedule-insns"' : ', "no-peephole2"') : ""})
#endif`,
    isSmall
      ? `/* Layers share the kernels' parts, and no loop is unrolled: less flash. */
#if defined(__GNUC__)
#define ${macro}_INLINE __attribute__((noinline))
#else
#define ${macro}_INLINE
#endif
#define ${macro}_UNROLL(count)`
      : `/* A kernel's parts become one with their layer's numbers, and loops are unrolled: fewer instructions. */
#if defined(__GNUC__)
#define ${macro}_INLINE inline __attribute__((always_inline))
#else
#define ${macro}_INLINE inline
#endif
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 8
#define ${macro}_PRAGMA(text) _Pragma(#text)
#define ${macro}_UNROLL(count) ${macro}_PRAGMA(GCC unroll count)
#else
#define ${macro}_UNROLL(count)
#endif`,
    `/* Where tables and arena go: a section of flash or RAM, for example __attribute__((section(".ccm"))). */
#ifndef ${macro}_TABLES_ATTRIBUTES
#define ${macro}_TABLES_ATTRIBUTES
#endif
#ifndef ${macro}_ARENA_ATTRIBUTES
#define ${macro}_ARENA_ATTRIBUTES
#endif`,
    ...(hasFlash
      ? [
          `/* On AVR, flash is an address space of its own, which GNU C has a word for and strict C has not. */
#if defined(__FLASH) && !defined(__STRICT_ANSI__)
#define ${macro}_FLASH __flash
#else
#define ${macro}_FLASH
#endif`,
        ]
      : []),
    `#if defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define ${macro}_ASSERT(name, condition) _Static_assert(condition, #name)
#else
#define ${macro}_ASSERT(name, condition) typedef char name[(condition) ? 1 : -1]
#endif`,
    `${macro}_ASSERT(${prefix}_right_shifts_of_negative_numbers_are_arithmetic, (-3 >> 1) == -2);`,
  ];
}
