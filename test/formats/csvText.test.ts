import { describe, expect, it } from "vitest";
import { CsvNumbers, detectDelimiter, maximumRowBytes, readCsvText } from "../../src/formats/csvText.js";

/** Each row's cells, line, and blank lines above it. */
function read(text: string, delimiter = detectDelimiter(Buffer.from(text))) {
  const rows: [string[], number, number][] = [];
  readCsvText(Buffer.from(text), "a.csv", delimiter, (cells, line, blankLines) => {
    rows.push([[...cells], line, blankLines]);
  });
  return rows;
}

describe("text of cells", () => {
  it.each(["\n", "\r\n", "\r"])(
    "is read row by row with line ends %j, and blank lines are counted",
    (end) => {
      expect(read(["a,b", "", "1, 2", "  ", ",,", "", "3,4", "5,6", ""].join(end))).toEqual([
        [["a", "b"], 1, 0],
        [["1", "2"], 3, 1],
        [["3", "4"], 7, 3],
        [["5", "6"], 8, 0],
      ]);
    },
  );

  it("may change its line ends", () => {
    expect(read("a,b\r\n1,2\n3,4\r5,6\r\n").map(([cells]) => cells.join())).toEqual([
      "a,b",
      "1,2",
      "3,4",
      "5,6",
    ]);
  });

  it("loses a serial monitor's time stamps", () => {
    const text = "12:00:01.123 -> ax,ay\n12:00:01.143 -> -1.5,2.5\n12:00:01.163 -> \n12:00:01.183 -> 3,4\n";
    expect(read(text)).toEqual([
      [["ax", "ay"], 1, 0],
      [["-1.5", "2.5"], 2, 0],
      [["3", "4"], 4, 1],
    ]);
    expect(read("1:02:03 -> 1.5;2\n")[0][0]).toEqual(["1.5", "2"]);
  });

  it("is refused when a row has no end, without the whole of it in the message", () => {
    const long = "x".repeat(maximumRowBytes + 1);
    for (const text of [`a,b\n${long},1\n`, `a,b\n1,"${long}\n2,3\n`]) {
      expect(() => read(text)).toThrow(
        expect.objectContaining({
          message: `a.csv:2: a row takes more than ${maximumRowBytes} B`,
          hint: 'write one sample a line, and close each text with another "',
        }),
      );
    }
    expect(read(`a,b\n${long.slice(10)},1\n`)[1][0][0]).toHaveLength(maximumRowBytes - 9);
  });
});

describe("numbers of a file", () => {
  const numbers = (delimiter: string, ...cells: string[]) => {
    const file = new CsvNumbers(delimiter);
    return cells.map((cell) => file.read(cell));
  };

  it("are decimal", () => {
    expect(numbers(",", "1", "-2.5", "+.5", "1e3", "2.", "1E-2")).toEqual([1, -2.5, 0.5, 1000, 2, 0.01]);
    const others = ["0x10", "0b1", "0o7", "NaN", "Infinity", "1e999", "", " ", "1_0", "1,5", "1 2", "٣"];
    expect(numbers(",", ...others)).toEqual(others.map(() => Number.NaN));
  });

  it("may have a decimal comma where none stands between the cells", () => {
    expect(numbers(";", "1,5", "2", "-0,25e2")).toEqual([1.5, 2, -25]);
    expect(numbers("\t", "1,5")).toEqual([1.5]);
    expect(numbers(";", "1,234,5", "1.234,5", "1,x")).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it("have one decimal sign in a file, the first", () => {
    expect(numbers(";", "2", "1,5", "1.5")).toEqual([2, 1.5, Number.NaN]);
    expect(numbers(";", "1.5", "1,5", "2")).toEqual([1.5, Number.NaN, 2]);
    const file = new CsvNumbers(";");
    expect(file.expected).toBe("a number");
    file.read("1,5");
    expect(file.expected).toBe("a number with a decimal comma, like those before");
  });

  it("and what stands for one are no names of columns", () => {
    const areNames = (...cells: string[]) => new CsvNumbers(",").areNames(cells);
    expect([areNames("a", "b"), areNames("", "x"), areNames("Na", "inflow")]).toEqual([true, true, true]);
    for (const cell of ["1", "1e5", "NaN", "nan", "-inf", "Infinity", "null", "0x10"]) {
      expect(areNames("a", cell)).toBe(false);
    }
    expect(new CsvNumbers(";").areNames(["1,5", "a"])).toBe(false);
  });
});
