import { UserError } from "../../src/base/errors.js";

export interface Complaint {
  readonly message: string;
  readonly hint: string | undefined;
}

/** What an act that must fail complains of, without the folder's name. */
export function complaintOf(folder: string, act: () => unknown): Complaint {
  try {
    act();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { message: error.message.replaceAll(`${folder}/`, ""), hint: error.hint };
  }
  throw new Error("nothing was thrown");
}
