import { type Command, Option } from "commander";
import { UserError } from "../base/errors.js";
import { findTarget, type Target, targets } from "../program/target.js";

/** Adds `--target`, for what is planned without a board. */
export function addTargetOption(command: Command): Command {
  const text =
    "what to plan for where no board says it: the core, whose instructions faster kernels may count on; " +
    'outputs are the same bytes (default: "any", plain C)';
  const ids = targets.map(({ id }) => id);
  return command.addOption(
    new Option("--target <core>", text).choices(ids).argParser((id: string) => findTarget(id)),
  );
}

/**
 * The core that was named, or the board's; undefined where neither was.
 *
 * @throws UserError where both were: a board has its core
 */
export async function chooseTarget({
  board: id,
  target,
}: {
  readonly board?: string | undefined;
  readonly target?: Target | undefined;
}): Promise<Target | undefined> {
  if (id === undefined) return target;
  const { findBoard } = await import("../board/boards.js");
  const board = findBoard(id);
  if (target === undefined) return board.target;
  throw new UserError(
    `board "${board.id}" has a ${board.core}; --target ${target.id} names another core, or the same again`,
    "leave out one of the two",
  );
}
