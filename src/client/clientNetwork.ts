import type { TensorDescription } from "../link/description.js";
import type { ExpectedNetwork } from "../link/expectModel.js";
import type { Port } from "../network/quantizedNetwork.js";

/** An input or output, with the names of its columns or classes. */
export type NamedTensor = TensorDescription & Pick<Port, "labels">;

/** What a client knows of its network: which one it is, what goes in, what comes out. */
export interface ClientNetwork extends ExpectedNetwork {
  readonly name: string;
  readonly inputs: readonly [NamedTensor];
  readonly outputs: readonly [NamedTensor];
}
