// The report: eight checks in their order, each with a code that stands for its outcome (docs/formats.md §13).
import messages from "./data/messages.json";

import { render } from "./datetimes.ts";
import { type JsonObject, object } from "./json.ts";
import type { Kind, Labels } from "./kind.ts";

export const CHECKS = ["document", "proof", "issuer", "validity", "inclusion", "anchor", "status", "holder"] as const;
export type CheckId = (typeof CHECKS)[number];
export type Outcome = "pass" | "fail" | "unknown" | "skipped";
export type Verdict = "valid" | "invalid" | "indeterminate";

const FAILS: { [code: string]: Labels } = messages.fails;
const UNKNOWNS: { [code: string]: Labels } = messages.unknowns;
const PASSES: { [code: string]: Labels } = messages.passes;
const SKIPS: { [code: string]: Labels } = messages.skips;
/** What is said beside the checks, and changes none of them. */
export const NOTES: { [name: string]: Labels } = messages.notes;

export interface Check {
  id: CheckId;
  outcome: Outcome;
  code: string;
  message: Labels;
  evidence: { [name: string]: unknown };
}

export interface Report {
  verdict: Verdict;
  policy: string;
  assurance: string;
  checkedAt: string;
  asOf: string | null;
  anchoredAt: string | null;
  trustRoot: string;
  checks: Check[];
  issuer: JsonObject;
  subject: JsonObject;
  record: JsonObject;
}

export function outcomeOf(code: string): Outcome {
  return code in FAILS ? "fail" : code in UNKNOWNS ? "unknown" : code in PASSES ? "pass" : "skipped";
}

export function check(id: CheckId, code: string, evidence: Check["evidence"] = {}): Check {
  const outcome = outcomeOf(code);
  const message = { fail: FAILS, unknown: UNKNOWNS, pass: PASSES, skipped: SKIPS }[outcome][code];
  if (!message || !code.startsWith(`${id}.`)) throw new Error(`no code of ${id}: ${code}`);
  return { id, outcome, code, message, evidence };
}

/** What the checks of one report found, and what is shown beside them. */
export interface Findings {
  checks: Map<CheckId, Check>;
  required: Set<CheckId>;
  asOf: number | null;
  anchoredAt: number | null;
  assurance: string;
  issuer: JsonObject;
  subject: JsonObject;
  record: JsonObject;
  names: JsonObject[];
  kind?: Kind;
}

/** `invalid` if a required check failed, else `indeterminate` if one did not pass, else `valid`. */
export function verdictOf(findings: Findings): Verdict {
  const outcomes = [...findings.required].map((id) => findings.checks.get(id)?.outcome ?? "skipped");
  if (outcomes.includes("fail")) return "invalid";
  return outcomes.length && outcomes.every((outcome) => outcome === "pass") ? "valid" : "indeterminate";
}

export function report(findings: Findings, policy: string, trustRoot: string, now: number): Report {
  return {
    verdict: verdictOf(findings),
    policy,
    assurance: findings.assurance,
    checkedAt: render(now),
    asOf: findings.asOf === null ? null : render(findings.asOf * 1000),
    anchoredAt: findings.anchoredAt === null ? null : render(findings.anchoredAt * 1000),
    trustRoot,
    checks: CHECKS.map((id) => findings.checks.get(id) ?? check(id, `${id}.skipped`)),
    issuer: findings.issuer,
    subject: findings.subject,
    record: findings.record,
  };
}

export const empty = (): JsonObject => object({});
