import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { UserError } from "../../base/errors.js";
import { describe } from "../../base/fields.js";
import { elementCount } from "../../base/tensor.js";
import { type KerasWeight, mostWeights } from "./kerasFile.js";

/** What is wanted of an HDF5 file. */
export interface Hdf5Content {
  /** Texts that the file has as attributes of its root, those that were asked for. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Every tensor of real numbers under the groups that were asked for; its name is the path from there. */
  readonly weights: readonly KerasWeight[];
}

interface Question {
  readonly reader: string;
  readonly bytes: Uint8Array;
  readonly attributes: readonly string[];
  readonly groups: readonly string[];
  readonly mostWeights: number;
}

/** What the reader's thread answers with. */
interface Answer {
  readonly attributes: readonly (readonly [string, unknown])[];
  readonly weights: readonly {
    readonly name: string;
    readonly shape: number[];
    readonly data: Float32Array;
  }[];
}

/** True for the bytes of an HDF5 file. */
export function isHdf5(bytes: Uint8Array): boolean {
  return Buffer.from("\x89HDF\r\n\x1a\n", "latin1").equals(bytes.subarray(0, 8));
}

/** More than any network for a microcontroller takes; a file whose links go in circles never ends. */
const patienceMs = 60_000;
const memoryMegabytes = 1024;

/**
 * Reads texts and tensors of an HDF5 file, in a thread of its own with bounds of time and memory: the reader believes the
 * file's addresses, which may go in circles.
 *
 * @param attributes names of attributes of the root
 * @param groups names of groups in the root; all of their tensors are read, those of groups within too
 * @throws UserError when the file is damaged or too large
 */
export async function readHdf5(
  bytes: Uint8Array,
  file: string,
  attributes: readonly string[],
  groups: readonly string[],
): Promise<Hdf5Content> {
  const reader = createRequire(import.meta.url).resolve("jsfive");
  const question: Question = { reader, bytes: Uint8Array.from(bytes), attributes, groups, mostWeights };
  const answer = await ask(question).catch((cause: unknown) => {
    // the reader throws texts
    const reason = cause instanceof Error ? cause.message : describe(cause);
    throw new UserError(
      `${file} cannot be read as HDF5: ${reason}`,
      "save the model again, or copy the file again",
      {
        cause,
      },
    );
  });
  for (const { name, shape, data } of answer.weights) {
    if (data.length !== elementCount(shape)) {
      throw new UserError(
        `${file}: ${describe(name)} has ${data.length} values, its shape ${elementCount(shape)}`,
      );
    }
  }
  const texts = answer.attributes.filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return { attributes: new Map(texts), weights: answer.weights };
}

function ask(question: Question): Promise<Answer> {
  const code = `(${answerQuestion})(require("node:worker_threads"), require(require("node:worker_threads").workerData.reader))`;
  return new Promise((resolve, reject) => {
    const worker = new Worker(code, {
      eval: true,
      workerData: question,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: memoryMegabytes },
      // it says what it finds on its console
      stdout: true,
      stderr: true,
    });
    const timer = setTimeout(() => {
      reject(new Error(`it is not read after ${patienceMs / 1000} s`));
      void worker.terminate();
    }, patienceMs);
    const settle = (done: () => void) => {
      clearTimeout(timer);
      void worker.terminate();
      done();
    };
    worker.once("message", ({ answer, error }: { answer?: Answer; error?: unknown }) => {
      settle(() => (answer === undefined ? reject(error) : resolve(answer)));
    });
    worker.once("error", (error) => settle(() => reject(error)));
    worker.once("exit", () => settle(() => reject(new Error("its reader ended"))));
  });
}

// What jsfive gives, as far as it is used; its own types say less.
interface H5Group {
  readonly keys: readonly string[];
  readonly attrs: Readonly<Record<string, unknown>>;
  get(name: string): H5Group | H5Dataset | null;
}
interface H5Dataset {
  readonly shape: readonly number[];
  readonly dtype: unknown;
  readonly value: ArrayLike<number>;
}
interface Jsfive {
  readonly File: new (bytes: ArrayBuffer, name: string) => H5Group;
  readonly Dataset: new () => H5Dataset;
}

/** Runs in the thread, of which it sees nothing but its arguments. */
function answerQuestion(threads: typeof import("node:worker_threads"), { File, Dataset }: Jsfive): void {
  const { bytes, attributes, groups, mostWeights } = threads.workerData as Question;
  const weights: { name: string; shape: number[]; data: Float32Array }[] = [];
  let elements = 0;
  let visited = 0;
  const visit = (group: H5Group, path: string, depth: number): void => {
    if (depth > 32) throw new Error("its groups lie more than 32 deep");
    for (const key of group.keys) {
      if (++visited > 65_536) throw new Error("it has more than 65 536 groups and tensors");
      const found = group.get(key);
      const name = path === "" ? key : `${path}/${key}`;
      if (found === null) continue;
      if (!(found instanceof Dataset)) {
        visit(found as H5Group, name, depth + 1);
        continue;
      }
      const { shape, dtype, value } = found;
      // counters and the optimizer's states are integers
      if (typeof dtype !== "string" || !/^[<>]f[248]$/.test(dtype)) continue;
      elements += value.length;
      if (elements > mostWeights) throw new Error(`it has more than ${mostWeights} weights`);
      weights.push({ name, shape: [...shape], data: Float32Array.from(value) });
    }
  };
  try {
    const file = new File(bytes.slice().buffer as ArrayBuffer, "");
    for (const name of groups) {
      if (file.keys.includes(name)) visit(file.get(name) as H5Group, "", 0);
    }
    const answer: Answer = { attributes: attributes.map((name) => [name, file.attrs[name]]), weights };
    threads.parentPort?.postMessage({ answer });
  } catch (error) {
    threads.parentPort?.postMessage({
      error: error instanceof Error ? new Error(error.message) : String(error),
    });
  }
}
