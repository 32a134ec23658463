/** What a client that `pinfer client` wrote stands on. Nothing here is Node's own: it may be bundled for a browser. */
export { UserError } from "../base/errors.js";
export {
  type Classified,
  type Client,
  type ClientOptions,
  type Outcome,
  openClient,
  type Single,
} from "./client.js";
export type { ClientNetwork, NamedTensor } from "./clientNetwork.js";
export type { Transport } from "./transport.js";
export { type WebSerialOptions, type WebSerialPort, webSerialTransport } from "./webSerial.js";
