// One function, one report (docs/formats.md §11, §13): reads the file, makes the eight checks, never fails on bad input.
import { type Bytes, hex, sha256 } from "./bytes.ts";
import { type Given, readFile, signedDocument } from "./bundle.ts";
import { type ChainFacts, type Ground, assuranceOf, chainFacts, groundOf } from "./chain.ts";
import { type Parsed, issuerOf, parseOpen, parseRecord } from "./credential.ts";
import { formOf, parseForm } from "./forms.ts";
import { type Question, checkHolder, isAsked } from "./holder.ts";
import { checkInclusion } from "./inclusion.ts";
import type { JsonObject } from "./json.ts";
import { keyId } from "./keys.ts";
import { type Kind, parseKind } from "./kind.ts";
import { type Library, extended, withExamples } from "./library.ts";
import { compared } from "./paper.ts";
import { JCS_SUITE } from "./proof.ts";
import { claimedKey, proofsOf, verifyProofs } from "./proofs.ts";
import { Refusal, attempt, refusalOf } from "./refusal.ts";
import { type Check, type CheckId, type Findings, type Report, check, empty, report } from "./report.ts";
import { MISSING, Registry, type Standing } from "./standing.ts";
import { SEVERITY, codeOf } from "./status.ts";
import { signedValues } from "./shown.ts";
import { isSummary, parseSummary } from "./summary.ts";
import { REPRESENTATIONS, type Token, checkRequired, parseToken, signedText, verifyToken, withheld } from "./tokens.ts";
import type { TrustRoot } from "./trustroot.ts";
import { unsaid } from "./words.ts";

export type PolicyName = "record" | "archive" | "vc";
export const POLICIES: PolicyName[] = ["record", "archive", "vc"];

export interface Options extends Question {
  /** Milliseconds since 1970. */
  now: number;
  policy?: PolicyName;
}

export interface Verification {
  report: Report;
  /** What the policy asks of this document: only elsewhere is a check that was skipped not required. */
  required: ReadonlySet<CheckId>;
  kind?: Kind;
  /** Registered names, from the issuer upwards. */
  names: JsonObject[];
}

const MAX_AGE = 90 * 86_400_000;
const FUTURE = 5 * 60_000;
const DATA_INTEGRITY = 1;

/** The report on a file under a trust root, or on one that could not even be opened. */
export async function verify(data: Uint8Array | Refusal, root: TrustRoot, library: Library, options: Options): Promise<Verification> {
  const policy = options.policy ?? "record";
  const found = await new Case(data, root, library, { ...options, policy }).findings();
  const made: Verification = { report: report(found, policy, root.fingerprint, options.now), required: found.required, names: found.names };
  if (found.kind) made.kind = found.kind;
  return made;
}

class Case {
  private readonly found: Findings;
  private given!: Given;
  private digest!: Bytes;
  private issuer: string | undefined;
  private kind: Kind | undefined;
  private ground!: Ground;
  private facts!: ChainFacts;
  /** The id of the key whose signature holds, and how the document names it. */
  private key: Bytes | undefined;
  private method: string | undefined;
  private parsed: Parsed | undefined;
  /** What a signature over RDF would not cover; then nobody can say what is signed. */
  private unread: Refusal | undefined;
  private restsOnKind = false;
  private standing: Standing | undefined;
  private readonly isOpen: boolean;

  constructor(
    private readonly data: Uint8Array | Refusal,
    private readonly root: TrustRoot,
    private library: Library,
    private readonly options: Options & { policy: PolicyName },
  ) {
    this.isOpen = options.policy === "vc";
    const required: CheckId[] =
      this.isOpen
        ? ["document", "proof", "validity"]
        : ["document", "proof", "issuer", "validity", "inclusion", "anchor", "status"];
    this.found = {
      checks: new Map(), required: new Set(required), asOf: null, anchoredAt: null, assurance: root.assurance,
      issuer: empty(), subject: empty(), record: empty(), names: [],
    };
  }

  async findings(): Promise<Findings> {
    const { found } = this;
    const { data } = this;
    const given = data instanceof Refusal ? data : await readFile(Uint8Array.from(data)).catch(refusalOf);
    if (given instanceof Refusal) {
      this.say("document", given.code, { reason: given.message });
      if (this.isOpen) found.required.add("issuer"); // nothing shows whose key it would be
      if (isAsked(this.options)) this.say("holder", "holder.missing");
    } else {
      this.given = given;
      await this.checkAll();
    }
    if (isAsked(this.options) || this.outcome("holder") === "fail") found.required.add("holder");
    return found;
  }

  private outcome(id: CheckId): string {
    return this.found.checks.get(id)?.outcome ?? "skipped";
  }

  private say(id: CheckId, code: string, evidence: Check["evidence"] = {}): void {
    this.found.checks.set(id, check(id, code, evidence));
  }

  private skip(id: CheckId, reason: string): void {
    this.say(id, `${id}.skipped`, { reason });
  }

  private refuse(id: CheckId, refusal: Refusal, evidence: Check["evidence"] = {}): void {
    this.say(id, refusal.code, { ...evidence, reason: refusal.message });
  }

  private async checkAll(): Promise<void> {
    const { credential, kind } = this.given;
    this.digest = sha256(this.given.token ? signedText(this.given.token) : signedDocument(credential));
    this.issuer = issuerOf(credential);
    const read = kind === undefined ? undefined : attempt(() => parseKind(kind));
    if (read && !(read instanceof Refusal)) this.found.kind = this.kind = read;
    this.ground = await groundOf(this.given, this.root);
    this.facts = chainFacts(this.given, this.ground, this.root, this.options.now);
    const signed = await this.checkProof();
    this.checkDocument();
    this.checkAnchor();
    this.checkInclusion();
    this.checkIssuer();
    const known = this.confirmKind();
    await this.checkStatus();
    this.checkValidity();
    await this.checkHolder();
    this.require();
    await this.compareSheet();
    if (signed && known && this.parsed) Object.assign(this.found, signedValues(this.given.credential, this.kind, this.parsed));
  }

  private async checkProof(): Promise<boolean> {
    const { credential, token } = this.given;
    if (token) return this.checkToken(token);
    const question = { issuer: this.issuer, now: this.options.now, library: this.library, open: this.isOpen };
    if (this.isOpen) question.library = this.library = withExamples(this.library);
    try {
      if (this.kind && proofsOf(credential).some((one) => one.cryptosuite !== JCS_SUITE)) {
        question.library = this.library = extended(this.library, this.kind, () => (this.restsOnKind = true));
      }
      const { key, suite, method, issuerIsProven } = await verifyProofs(credential, question);
      this.key = keyId(key);
      this.method = method;
      this.say("proof", "proof.ok", { verificationMethod: method, cryptosuite: suite, ...(issuerIsProven === false ? { issuerIsProven } : {}) });
      return true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.code.startsWith("proof.")) this.refuse("proof", error);
      else {
        this.unread = error;
        this.skip("proof", "what the document means cannot be read, so nobody can say what is signed");
      }
      return false;
    }
  }

  private async checkToken(token: Token): Promise<boolean> {
    try {
      const { key, method } = await verifyToken(token, this.issuer);
      this.key = key.id;
      this.method = method;
      this.say("proof", "proof.ok", { verificationMethod: method, form: token.form, alg: key.alg });
      return true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.refuse("proof", error);
      return false;
    }
  }

  private checkDocument(): void {
    const { credential } = this.given;
    const { kind } = this;
    const form = formOf(credential);
    const parsed = attempt(() => {
      const { token } = this.given;
      if (token) return parseToken(token, kind, this.isOpen);
      if (isSummary(credential)) return parseSummary(credential);
      if (!kind) return parseOpen(credential);
      return form ? parseForm(credential, form, kind) : parseRecord(credential, kind);
    });
    if (parsed instanceof Refusal) {
      this.refuse("document", parsed);
      return;
    }
    this.parsed = parsed;
    if (this.isOpen && !kind && !this.given.token) this.unread ??= unsaid(credential, this.library);
    if (isSummary(credential)) this.say("document", "document.summary", { sha256: hex(this.digest) });
    else if (!kind && !this.isOpen) this.say("document", "document.unsupported", { reason: "no kind that can be read" });
    else if (this.unread?.code === "document.unknown_context") {
      this.say("document", "document.unsupported", { reason: this.unread.message });
    } else if (this.unread) this.refuse("document", this.unread);
    else {
      const { token } = this.given;
      const hidden = token ? withheld(token) : [];
      const evidence = { sha256: hex(this.digest), ...(hidden.length ? { withheld: hidden } : {}) };
      const refusal = token && attempt(() => checkRequired(token));
      if (refusal instanceof Refusal) this.refuse("document", refusal, evidence);
      else this.say("document", "document.ok", evidence);
    }
  }

  private checkAnchor(): void {
    const { refusal, state, anchor } = this.facts;
    if (state) this.found.asOf = state.header.timestamp;
    this.found.assurance = assuranceOf(this.root, state, null);
    if (refusal) this.refuse("anchor", refusal);
    else {
      const block = { number: state!.header.number, hash: `0x${hex(state!.blockHash)}` };
      this.say("anchor", "anchor.ok", { size: anchor!.size, time: anchor!.time, block });
    }
  }

  private checkInclusion(): void {
    const { token } = this.given;
    const representation = token ? REPRESENTATIONS[token.form] : DATA_INTEGRITY;
    const signed = { issuer: this.issuer, kind: this.kind, representation, digest: this.digest };
    const refusal = attempt(() => checkInclusion(this.given, this.ground, signed));
    if (refusal instanceof Refusal) {
      this.refuse("inclusion", refusal);
      return;
    }
    const { checkpoint } = this.ground;
    if (!checkpoint || checkpoint instanceof Refusal) throw new Error("included without a checkpoint");
    const { origin: log, size, root } = checkpoint;
    this.say("inclusion", "inclusion.ok", { log, index: this.given.inclusion!.index, size, root: hex(root) });
    if (!this.facts.anchor) return;
    this.found.anchoredAt = this.facts.anchor.time;
    this.found.assurance = assuranceOf(this.root, this.facts.state, this.found.anchoredAt);
  }

  /** Whether what is known is too old, or from the future. */
  private isStale(): boolean {
    const age = this.options.now - this.found.asOf! * 1000;
    return age < -FUTURE || (this.options.policy !== "archive" && age > MAX_AGE);
  }

  /** Another system's credential, of which nothing was brought that a log or a chain would say. */
  private isBroughtAlone(): boolean {
    if (!this.isOpen || this.given.chain || isSummary(this.given.credential)) return false;
    return this.found.checks.get("anchor")?.code !== "anchor.pending";
  }

  private checkIssuer(): void {
    const { issuer: did, kind } = this;
    const { state } = this.facts;
    if (did === undefined) return this.skip("issuer", "the document names no issuer");
    if (!state) return this.say("issuer", this.isBroughtAlone() ? "issuer.missing" : "issuer.pending");
    const time = this.found.anchoredAt;
    const claim = { did, key: this.key ?? claimedKey(this.given, did), kind, profiles: this.given.issuers, time };
    const standing = (this.standing = new Registry(state).standing(claim));
    this.found.issuer = standing.issuer;
    this.found.names = standing.names;
    const evidence = { did, path: standing.path, ...(standing.custody ? { custody: standing.custody } : {}) };
    const wrong = standing.found.find((one) => one.code !== MISSING);
    if (wrong) this.refuse("issuer", wrong, evidence);
    else if (time === null) this.say("issuer", "issuer.pending");
    else if (standing.found.length) this.refuse("issuer", standing.found[0]!);
    else this.say("issuer", this.isStale() ? "issuer.stale" : "issuer.ok", evidence);
  }

  /** Under an open policy nothing else would ask whether the kind that gives the words their meaning is the registered one. */
  private confirmKind(): boolean {
    if (!this.restsOnKind || this.standing?.kindIsRegistered) return true;
    if (this.isOpen && this.outcome("proof") === "pass") {
      this.say("proof", "proof.unsupported", { reason: "what its words mean is said by a kind that is not proven to be registered" });
    }
    return false;
  }

  private async checkStatus(): Promise<void> {
    const { parsed, facts, issuer } = this;
    if (!parsed || issuer === undefined) return this.skip("status", "the document could not be read");
    if (!parsed.status.length && !parsed.otherStatus) return this.skip("status", "the document names no status list");
    const { state, newest } = facts;
    if (!state || !newest || (this.isOpen && this.keyIsBound && !this.given.chain)) return this.say("status", "status.missing");
    const ground_ = { did: issuer, lists: this.given.status ?? [], newest, state, library: this.library };
    const codes = await Promise.all(parsed.status.map((entry) => codeOf(entry, ground_)));
    if (parsed.otherStatus) codes.push("status.missing");
    const worst = SEVERITY.find((code) => codes.includes(code))!;
    const evidence = { index: parsed.status[0]?.index, lists: parsed.status.map((entry) => entry.url) };
    if (worst === "status.missing") this.say("status", worst);
    else if (worst === "status.ok" && !this.key) {
      this.say("status", "status.missing", { reason: "no signature holds that says which lists and which bit are meant" });
    } else this.say("status", worst === "status.ok" && this.isStale() ? "status.stale" : worst, evidence);
  }

  /** What is said beside the checks of a sheet whose signature holds. */
  private async compareSheet(): Promise<void> {
    const { parsed, kind, standing } = this;
    const { drawn, credential, presentation } = this.given;
    if (!drawn || !parsed || this.outcome("proof") !== "pass") return;
    const signed = { credential, subject: parsed.subject, kind, school: standing?.school, isRecord: presentation === undefined };
    Object.assign(this.found.checks.get("document")!.evidence, compared(await drawn(), signed));
  }

  private checkValidity(): void {
    const { parsed } = this;
    const { now } = this.options;
    if (!parsed) return this.skip("validity", "the document could not be read");
    const { credential } = this.given;
    const names = ["validFrom", "validUntil", "issuanceDate", "expirationDate"].filter((name) => name in credential);
    const evidence = Object.fromEntries(names.map((name) => [name, credential[name]]));
    if (parsed.from !== undefined && now < parsed.from) this.say("validity", "validity.not_yet", evidence);
    else if (parsed.until !== undefined && now > parsed.until) this.say("validity", "validity.expired", evidence);
    else this.say("validity", "validity.ok", evidence);
  }

  private async checkHolder(): Promise<void> {
    const [code, evidence] = await checkHolder(this.given, this.given.credential, this.options, this.library, this.options.now);
    this.say("holder", code, evidence);
  }

  /** Whether the signature itself shows whose key it is. */
  private get keyIsBound(): boolean {
    return this.key !== undefined && this.method?.startsWith("did:key:") === true;
  }

  /** What the policy `vc` requires besides, of this document. */
  private require(): void {
    if (!this.isOpen) return;
    const { required, checks } = this.found;
    if (this.parsed && (this.parsed.status.length || this.parsed.otherStatus)) required.add("status");
    if (!this.keyIsBound && !this.issuer?.startsWith("did:key:")) required.add("issuer");
    if (this.standing?.registered) for (const [id, one] of checks) if (one.outcome === "fail") required.add(id);
  }
}
