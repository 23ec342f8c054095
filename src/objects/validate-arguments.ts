import { CallError, type ArgumentIssue } from "../errors/hearthwire-error.js";
import { after, isPromiseLike } from "./after.js";
import type { Member } from "./member.js";
import { quoted } from "./refusal.js";
import type { StandardIssue, StandardResult } from "./standard-schema.js";

/** Far above any signature; it keeps a peer from filling the stack of a method that takes what comes. */
const MAX_ARGUMENTS = 1_000;

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
    const issues = checked.flatMap((result, index) => (result.issues ?? []).map((issue) => located(issue, index)));
    if (issues.length > 0) throw invalid(member, issues);
    return checked.map((result) => (result as { readonly value: unknown }).value);
  });
}

function located(issue: StandardIssue, index: number): ArgumentIssue {
  const inside = (issue.path ?? []).map((step) => (typeof step === "object" ? step.key : step));
  return { message: issue.message, path: [index, ...inside] };
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
