import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { UserError } from "../../base/errors.js";

/** What a file may hold in all: a message's fields are kept as numbers, so their count bounds the memory. */
export class ProtoBudget {
  private fields = 0;

  constructor(
    readonly file: string,
    private readonly mostFields: number,
  ) {}

  /** @throws UserError when the file has more fields than any model that fits a microcontroller */
  take(): void {
    if (++this.fields > this.mostFields) {
      throw new UserError(`${this.file} holds more than ${this.mostFields} fields`, "take a smaller model");
    }
  }

  damaged(place: string, why: string): never {
    throw new UserError(`${this.file} is damaged: ${place}: ${why}`, "copy or export the file again");
  }
}

/**
 * A message of Protocol Buffers as it stands in a file: its fields by number, found in one walk. Nothing of it is
 * proven but that it lies within the bytes. Nested messages are read when they are asked for, so that no file makes us
 * go deeper than our own code does.
 *
 * Source: Protocol Buffers, "Encoding".
 */
export class ProtoMessage {
  /** Varints and floats by the number of their field. */
  private readonly numbers = new Map<number, number[]>();
  /** Starts and ends of what has a length. */
  private readonly spans = new Map<number, number[]>();
  /** Values of four and of eight bytes. */
  private readonly fixed = new Map<number, number[]>();

  /** @param place in the file, for messages: "graph, node 3" */
  constructor(
    private readonly budget: ProtoBudget,
    readonly place: string,
    private readonly bytes: Uint8Array,
  ) {
    try {
      this.walk(new BinaryReader(bytes));
    } catch (error) {
      if (error instanceof UserError) throw error;
      budget.damaged(place, (error as Error).message);
    }
  }

  private walk(reader: BinaryReader): void {
    while (reader.pos < reader.len) {
      this.budget.take();
      const [number, wire] = reader.tag();
      switch (wire) {
        case WireType.Varint:
          push(this.numbers, number, Number(reader.int64()));
          break;
        case WireType.LengthDelimited: {
          const length = reader.uint32();
          push(this.spans, number, reader.pos, reader.pos + length);
          reader.pos += length;
          break;
        }
        case WireType.Bit32:
          push(this.fixed, number, reader.float());
          break;
        case WireType.Bit64:
          push(this.fixed, number, reader.double());
          break;
        default:
          this.budget.damaged(this.place, `field ${number} is a group, which ONNX has none of`);
      }
      if (reader.pos > reader.len) {
        this.budget.damaged(this.place, `field ${number} ends at byte ${reader.pos} of ${reader.len}`);
      }
    }
  }

  has(field: number): boolean {
    return this.numbers.has(field) || this.spans.has(field) || this.fixed.has(field);
  }

  /** How many fields of this number with a length there are. */
  count(field: number): number {
    return (this.spans.get(field)?.length ?? 0) / 2;
  }

  /** The last, as the format says; undefined without one. */
  data(field: number): Uint8Array | undefined {
    const spans = this.spans.get(field);
    return spans && this.bytes.subarray(spans.at(-2), spans.at(-1));
  }

  integer(field: number, standard = 0): number {
    return this.numbers.get(field)?.at(-1) ?? standard;
  }

  float(field: number, standard = 0): number {
    return this.fixed.get(field)?.at(-1) ?? standard;
  }

  /** Free text; what is no UTF-8 becomes the replacement character. */
  text(field: number): string {
    return decode(this.data(field));
  }

  /** @throws UserError when there are more than `most` */
  texts(field: number, most: number, what: string): string[] {
    return this.parts(field, most, what).map(decode);
  }

  /** @throws UserError when there are more than `most`, or one is damaged */
  messages(field: number, most: number, what: string): ProtoMessage[] {
    return this.parts(field, most, what).map(
      (part, index) => new ProtoMessage(this.budget, `${what} ${index}`, part),
    );
  }

  /** The last; undefined without one. */
  message(field: number, what: string): ProtoMessage | undefined {
    const part = this.data(field);
    return part && new ProtoMessage(this.budget, what, part);
  }

  /** Varints, each in a field of its own or packed. */
  integers(field: number): number[] {
    return this.repeated(field, this.numbers, (reader) => Number(reader.int64()));
  }

  floats(field: number): number[] {
    return this.repeated(field, this.fixed, (reader) => reader.float());
  }

  doubles(field: number): number[] {
    return this.repeated(field, this.fixed, (reader) => reader.double());
  }

  private repeated(
    field: number,
    single: ReadonlyMap<number, readonly number[]>,
    read: (reader: BinaryReader) => number,
  ): number[] {
    const values = [...(single.get(field) ?? [])];
    const spans = this.spans.get(field) ?? [];
    try {
      for (let k = 0; k < spans.length; k += 2) {
        const reader = new BinaryReader(this.bytes.subarray(spans[k], spans[k + 1]));
        while (reader.pos < reader.len) values.push(read(reader));
      }
    } catch (error) {
      this.budget.damaged(this.place, `field ${field}: ${(error as Error).message}`);
    }
    return values;
  }

  private parts(field: number, most: number, what: string): Uint8Array[] {
    const spans = this.spans.get(field) ?? [];
    const count = spans.length / 2;
    if (count > most) this.budget.damaged(this.place, `${count} of ${what}; at most ${most} are read`);
    return Array.from({ length: count }, (_, k) => this.bytes.subarray(spans[2 * k], spans[2 * k + 1]));
  }
}

function push(lists: Map<number, number[]>, number: number, ...values: number[]): void {
  const list = lists.get(number);
  if (list === undefined) lists.set(number, values);
  else list.push(...values);
}

const decoder = new TextDecoder();
/** Longer names are cut: no name of a model is as long. */
const longestText = 1000;

const decode = (bytes: Uint8Array = new Uint8Array()): string =>
  decoder.decode(bytes.subarray(0, longestText));
