import type { ElementType } from "./ir.js";

const elementTypes: Readonly<Record<string, ElementType>> = {
  Int8Array: "int8_t",
  Int16Array: "int16_t",
  Int32Array: "int32_t",
  Uint8Array: "uint8_t",
};

/** The element type that a written annotation names; undefined for i32, null for what a kernel may not use. */
export function readType(annotation: string | undefined): ElementType | undefined | null {
  if (annotation === "i32") return undefined;
  return (
    (annotation !== undefined && Object.hasOwn(elementTypes, annotation) && elementTypes[annotation]) || null
  );
}
