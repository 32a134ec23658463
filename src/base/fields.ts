import { UserError } from "./errors.js";
import { quoted } from "./printable.js";

/**
 * Reads an untrusted JSON object field by field. Every complaint names the place ("model.json: quantized.layers[0]"),
 * what was expected and what was found.
 */
export class Fields {
  /** The object as it was given. */
  readonly raw: object;
  private readonly values: ReadonlyMap<string, unknown>;

  /**
   * @param place where the value stands, for messages
   * @throws UserError when `value` is not an object
   */
  constructor(
    readonly place: string,
    value: unknown,
    private readonly hint?: string,
  ) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new UserError(`${place} must be an object, found ${describe(value)}`, hint);
    }
    this.raw = value;
    this.values = new Map(Object.entries(value));
  }

  names(): string[] {
    return [...this.values.keys()];
  }

  has(name: string): boolean {
    return this.values.get(name) !== undefined;
  }

  /** The field as it is; undefined when absent. */
  value(name: string): unknown {
    return this.values.get(name);
  }

  string(name: string): string {
    const value = this.values.get(name);
    return typeof value === "string" ? value : this.fail(name, "text");
  }

  boolean(name: string): boolean {
    const value = this.values.get(name);
    return typeof value === "boolean" ? value : this.fail(name, "true or false");
  }

  number(name: string): number {
    const value = this.values.get(name);
    return typeof value === "number" && Number.isFinite(value) ? value : this.fail(name, "a finite number");
  }

  integer(name: string, min: number, max: number): number {
    return expectInteger(`${this.place}.${name}`, this.values.get(name), min, max, this.hint);
  }

  oneOf<T extends string>(name: string, choices: readonly T[]): T {
    const value = this.values.get(name);
    const found = choices.find((choice) => choice === value);
    return found ?? this.fail(name, `one of ${choices.map((choice) => `"${choice}"`).join(", ")}`);
  }

  array(name: string): readonly unknown[] {
    const value = this.values.get(name);
    return Array.isArray(value) ? value : this.fail(name, "an array");
  }

  integers(name: string, min: number, max: number): number[] {
    return this.array(name).map((value, index) =>
      expectInteger(`${this.place}.${name}[${index}]`, value, min, max, this.hint),
    );
  }

  object(name: string): Fields {
    return new Fields(`${this.place}.${name}`, this.values.get(name), this.hint);
  }

  objects(name: string): Fields[] {
    return this.array(name).map(
      (value, index) => new Fields(`${this.place}.${name}[${index}]`, value, this.hint),
    );
  }

  /** @throws UserError "<place>: <what>" for what lies beside the fields: in the file of their tensors */
  refuse(what: string): never {
    throw new UserError(`${this.place}: ${what}`, this.hint);
  }

  /** @throws UserError "<place>.<name> must be <expected>, found …" */
  fail(name: string, expected: string): never {
    throw new UserError(
      `${this.place}.${name} must be ${expected}, found ${describe(this.values.get(name))}`,
      this.hint,
    );
  }
}

function expectInteger(place: string, value: unknown, min: number, max: number, hint?: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new UserError(`${place} must be an integer ${min}..${max}, found ${describe(value)}`, hint);
}

/** A value in a message: short, and never the whole of a large one. */
export function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return quoted(value);
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}
