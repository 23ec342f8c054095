import { CallError, type ArgumentIssue } from "../errors/hearthwire-error.js";
import { after, isPromiseLike } from "../wire/after.js";
import type { Member } from "./member.js";
import { quoted } from "./refusal.js";
import type { StandardIssue, StandardResult } from "./standard-schema.js";

/** Far above any signature; it keeps a peer from filling the stack of a method that takes what comes. */
const MAX_ARGUMENTS = 1_000;

/** A wrong list of 50 000 entries has as many issues: enough to mend the call are told. */
const MAX_ISSUES = 64;

/**
 * Runs a member's schemas over the arguments of a call and gives the arguments that the schemas made of them. A missing
 * argument is checked as `undefined`; more arguments than schemas are refused, for nothing has checked them. A member
 * without schemas takes up to 1000 arguments as they are.
 * @throws CallError `HW_ARGUMENTS_INVALID` with the issues, whose paths begin with the argument's index
 */
export function validateArguments(
  member: Member,
  args: readonly unknown[],
): readonly unknown[] | Promise<readonly unknown[]> {
  const { input } = member;
  const most = input?.length ?? MAX_ARGUMENTS;
  if (args.length > most) {
    throw invalid(member, [{ message: `expected at most ${most} arguments, got ${args.length}` }]);
  }
  if (input === undefined) return args;
  const results = input.map((schema, index) => schema["~standard"].validate(args[index]));
  return after(results.some(isPromiseLike) ? Promise.all(results) : results, (settled) => {
    const checked = settled as StandardResult[];
    if (checked.some(({ issues }) => issues !== undefined)) throw invalid(member, toldIssues(checked));
    return checked.map((result) => (result as { readonly value: unknown }).value);
  });
}

function toldIssues(results: readonly StandardResult[]): readonly ArgumentIssue[] {
  const told: ArgumentIssue[] = [];
  let count = 0;
  for (const [index, { issues = [] }] of results.entries()) {
    count += issues.length;
    for (const issue of issues) {
      if (told.length === MAX_ISSUES) break;
      told.push(located(issue, index));
    }
  }
  return count > told.length ? [...told, { message: `and ${count - told.length} more issues` }] : told;
}

function located(issue: StandardIssue, index: number): ArgumentIssue {
  // Not map(): ArkType's paths are a subclass of Array, whose `map` makes another path, and puts the length in it.
  const inside = Array.from(issue.path ?? [], (step) => sendable(typeof step === "object" ? step.key : step));
  return { message: issue.message, path: [index, ...inside] };
}

/** Symbols can't be sent. */
function sendable(key: PropertyKey): PropertyKey {
  return typeof key === "symbol" ? String(key) : key;
}

function invalid(member: Member, issues: readonly ArgumentIssue[]): CallError {
  const sentences = issues.map(({ message, path = [] }) =>
    path.length === 0 ? message : `${pathText(path)}: ${message}`,
  );
  return new CallError(
    "HW_ARGUMENTS_INVALID",
    `The arguments of ${quoted(member.name)} are invalid: ${sentences.join("; ")}`,
    {
      issues,
    },
  );
}

function pathText([index, ...inside]: readonly PropertyKey[]): string {
  const steps = inside.map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`));
  return `args[${String(index)}]${steps.join("")}`;
}
