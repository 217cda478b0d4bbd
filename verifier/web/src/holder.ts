// Who presents the record, and for what (docs/formats.md §13).
import { CREDENTIALS_V2 } from "./credential.ts";
import { type Json, type JsonObject, isObject } from "./json.ts";
import type { Library } from "./library.ts";
import { verifyOne } from "./proof.ts";
import { Refusal } from "./refusal.ts";

export interface Question {
  domain?: string | undefined;
  challenge?: string | undefined;
}

export const isAsked = (question: Question): boolean => question.domain !== undefined || question.challenge !== undefined;

const MEMBERS = ["@context", "id", "type", "holder", "verifiableCredential", "proof"];
const mismatch = (message: string): Refusal => new Refusal("holder.mismatch", message);

/** The code, and what to show with it. */
export async function checkHolder(
  presentation: JsonObject | undefined, credential: JsonObject, question: Question, library: Library,
): Promise<[string, { [name: string]: unknown }]> {
  const asked = isAsked(question);
  if (!presentation || !("proof" in presentation)) {
    return asked ? ["holder.missing", {}] : ["holder.skipped", { reason: "no proof by the holder was asked for" }];
  }
  try {
    const did = await signer(presentation, credential, library);
    if (!asked) return ["holder.skipped", { reason: "no domain and challenge to compare with" }];
    for (const name of ["domain", "challenge"] as const) {
      if (question[name] !== undefined && (presentation.proof as JsonObject)[name] !== question[name]) {
        throw new Refusal("holder.replayed", `made for another ${name}`);
      }
    }
    return ["holder.ok", { holder: did, domain: question.domain }];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [error.code === "holder.replayed" ? error.code : "holder.mismatch", { reason: error.message }];
  }
}

async function signer(presentation: JsonObject, credential: JsonObject, library: Library): Promise<string> {
  const contexts = presentation["@context"];
  const other = Object.keys(presentation).some((name) => !MEMBERS.includes(name));
  if (other || !Array.isArray(contexts) || contexts[0] !== CREDENTIALS_V2) throw mismatch("not a presentation of the promised form");
  const { proof } = presentation;
  if (!isObject(proof)) throw mismatch("a proof that is none");
  const { did } = await verifyOne(presentation, proof, { purpose: "authentication", library });
  const holder = "holder" in presentation ? identified(presentation.holder) : did;
  if (did !== holder || did !== identified(credential.credentialSubject)) throw mismatch("signed by somebody else than the learner");
  if (!did.startsWith("did:key:")) throw mismatch("only a did:key shows by itself whose key it is");
  return did;
}

const identified = (value: Json | undefined): Json | undefined => (isObject(value) ? value.id : value);
