import type { Fields } from "../base/fields.js";
import { isOwnKernel, mostKernelBytes, ownKernelName } from "../network/ownKernel.js";
import type { QuantizedOwn } from "../network/quantizedNetwork.js";
import type { QuantizedLayerFormat } from "./quantizedLayerFormat.js";

const tableTypes = { int8: Int8Array, uint8: Uint8Array, int32: Int32Array } as const;
type TableType = keyof typeof tableTypes;

const typeOf = (table: QuantizedOwn["tables"][string]): TableType =>
  table instanceof Int8Array ? "int8" : table instanceof Uint8Array ? "uint8" : "int32";

/** How a user's own kernel stands in a model file: as text, which is checked whenever it is to run or to be exported. */
export const ownLayerFormat: QuantizedLayerFormat<QuantizedOwn> = {
  arity: 1,
  write({ kernel, numbers, tables }, put) {
    for (const [name, table] of Object.entries(tables)) put(name, [table.length], table);
    return {
      kernel: { name: kernel.name, text: kernel.text },
      numbers: { ...numbers },
      tables: Object.entries(tables).map(([name, table]) => ({
        ...{ name, elementType: typeOf(table), length: table.length },
      })),
    };
  },
  read(source) {
    const fields = source.fields.object("kernel");
    const kernel = { name: fields.string("name"), text: fields.string("text") };
    if (!ownKernelName.test(kernel.name))
      fields.fail("name", "a function's name of up to 40 letters and digits");
    if (!isOwnKernel(kernel)) fields.fail("text", `text of ${mostKernelBytes} bytes at most`);
    const numbers = source.fields.object("numbers");
    return {
      kernel,
      numbers: Object.fromEntries(
        numbers
          .names()
          .map((name) => [
            expectFieldName(numbers, name, name),
            numbers.integer(name, -(2 ** 31), 2 ** 31 - 1),
          ]),
      ),
      tables: Object.fromEntries(
        source.fields.objects("tables").map((table) => {
          const name = expectFieldName(table, "name", table.string("name"));
          const type = table.oneOf("elementType", Object.keys(tableTypes) as TableType[]);
          return [name, source[type](name, [table.integer("length", 1, 2 ** 27)])];
        }),
      ),
    };
  },
};

/** @param field that holds the name, or is called so */
function expectFieldName(fields: Fields, field: string, name: string): string {
  return /^[A-Za-z]\w{0,39}$/.test(name)
    ? name
    : fields.fail(field, "called as a field of up to 40 letters and digits");
}
