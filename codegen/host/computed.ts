import { compared } from "../fold.js";

/** What an operator makes of numbers that are known; undefined where one is missing and the other does not decide. */
export function computed(operator: string, a: number | undefined, b: number | undefined): number | undefined {
  if (operator === "&&" && (a === 0 || b === 0)) return 0;
  if (operator === "||" && (a === 1 || b === 1)) return 1;
  if (operator === "*" && (a === 0 || b === 0)) return 0;
  if (a === undefined || b === undefined) return undefined;
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "**":
      return a ** b;
    case "<<":
      return a << b;
    case ">>":
      return a >> b;
    case "&&":
    case "||":
      return a; // neither decides, so they are equal
    default:
      return compared(operator, a, b);
  }
}
