// The page: a trust root, a file, a report. Nothing is fetched, stored or sent; the clock is the machine's.
import { isArchive } from "../archive.ts";
import { type Answer, verifyArchive } from "../archives.ts";
import { utf8 } from "../bytes.ts";
import { PINNED } from "../library.ts";
import { Refusal } from "../refusal.ts";
import { looksLikeRecord, looksLikeTrustRoot } from "./mistaken.ts";
import type { Report } from "../report.ts";
import { type TrustRoot, readTrustRoot } from "../trustroot.ts";
import { type Options, POLICIES, type PolicyName, type Verification, verify } from "../verify.ts";
import { list } from "./archive.ts";
import { type Child, h, svg } from "./dom.ts";
import { problem, view } from "./report.ts";
import { LANGUAGES, type Language, NAMES, text } from "./texts.ts";

interface State {
  language: Language;
  root?: TrustRoot;
  baked: boolean;
  rootRefusal?: string;
  /** Whether what was given as a trust root is a record. */
  rootIsRecord?: boolean;
  policy: PolicyName;
  domain: string;
  challenge: string;
  file?: { name: string; data: Uint8Array };
  shown?: Verification;
  /** The answers on an archive's members. */
  all?: Answer[];
  /** A sentence instead of a report, by its key, and what it counts. */
  note?: { key: string; n?: number };
  /** Whether the file to be checked is a trust root. */
  isTrustRoot?: boolean;
  asking: boolean;
  /** How many times something was verified: what is begun later ends what was begun before. */
  turn: number;
}

const state: State = {
  language: navigator.language.toLowerCase().startsWith("en") ? "en" : "zh",
  baked: false, policy: "record", domain: "", challenge: "", asking: false, turn: 0,
};
const t = (key: string): string => text(key, state.language);

/** For programs: the report on bytes under a trust root's bytes, with a time of their own. */
async function verifyWith(data: Uint8Array, trustRoot: Uint8Array, options: Partial<Options> = {}): Promise<Report> {
  const root = await readTrustRoot(trustRoot);
  return (await verify(data, root, PINNED, { now: Date.now(), ...options })).report;
}

/** The same for each member of an archive. */
async function verifyAll(data: Uint8Array, trustRoot: Uint8Array, options: Partial<Options> = {}): Promise<[string, Report][]> {
  const root = await readTrustRoot(trustRoot);
  const found: [string, Report][] = [];
  for await (const { name, made } of verifyArchive(data, root, PINNED, { now: Date.now(), ...options })) found.push([name, made.report]);
  return found;
}

async function takeRoot(data: Uint8Array): Promise<void> {
  delete state.root;
  delete state.rootRefusal;
  delete state.rootIsRecord;
  try {
    state.root = await readTrustRoot(data);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    state.rootRefusal = `${error.code}: ${error.message}`;
    state.rootIsRecord = looksLikeRecord(data);
  }
  await check();
}

/** Verify the chosen file once there is all that it takes, and draw the page anew. */
async function check(): Promise<void> {
  const turn = (state.turn += 1);
  delete state.shown;
  delete state.all;
  delete state.note;
  delete state.isTrustRoot;
  if (state.file && looksLikeTrustRoot(state.file.data)) state.isTrustRoot = true;
  else if (state.file && !state.root) state.note = { key: "root.needed" };
  if (state.file && state.root && !state.isTrustRoot) {
    const { domain, challenge, policy } = state;
    const options = { now: Date.now(), policy, ...(domain ? { domain } : {}), ...(challenge ? { challenge } : {}) };
    await (isArchive(state.file.data) ? checkAll(state.file.data, state.root, options, turn) : checkOne(state.file.data, state.root, options, turn));
  }
  if (turn !== state.turn) return;
  draw();
  if (state.shown || state.all || state.isTrustRoot) document.getElementById("result")!.scrollIntoView({ block: "start" });
}

async function checkOne(data: Uint8Array, root: TrustRoot, options: Options, turn: number): Promise<void> {
  const made = await verify(data, root, PINNED, options);
  if (turn === state.turn) state.shown = made;
}

/** One after the other, and the page says how far it is. */
async function checkAll(data: Uint8Array, root: TrustRoot, options: Options, turn: number): Promise<void> {
  const found: Answer[] = [];
  let drawn = Date.now();
  for await (const one of verifyArchive(data, root, PINNED, options)) {
    if (turn !== state.turn) return;
    found.push(one);
    if (Date.now() - drawn < 500) continue;
    state.note = { key: "archive.busy", n: found.length };
    draw();
    await new Promise((resolve) => setTimeout(resolve));
    drawn = Date.now();
  }
  if (turn !== state.turn) return;
  delete state.note;
  if (found.length === 1 && found[0]!.name === "") state.shown = found[0]!.made;
  else state.all = found;
}

function picker(id: string, accept: string, chosen: string | undefined, take: (file: File) => void, label = "drop.choose"): HTMLElement {
  const input = h("input", { id, type: "file", accept }) as HTMLInputElement;
  input.addEventListener("change", () => {
    if (input.files?.[0]) take(input.files[0]);
  });
  return h("div", { class: "picker" }, input, h("label", { for: id }, t(label)), h("span", {}, chosen ?? t("drop.none")));
}

/** A field that files can be dropped on. */
function dropField(attributes: { [name: string]: string }, take: (file: File) => void, ...children: Child[]): HTMLElement {
  const field = h("div", attributes, ...children);
  for (const name of ["dragenter", "dragover"]) field.addEventListener(name, () => field.classList.add("over"));
  field.addEventListener("dragleave", () => field.classList.remove("over"));
  field.addEventListener("drop", (event) => {
    field.classList.remove("over");
    const file = (event as DragEvent).dataTransfer?.files[0];
    if (file) take(file);
  });
  return field;
}

async function bytesOf(file: File): Promise<Uint8Array> {
  return new Uint8Array(await file.arrayBuffer());
}

const takeRootFile = (file: File): void => void bytesOf(file).then(takeRoot);
const takeFile = (file: File): void =>
  void bytesOf(file).then((data) => {
    state.file = { name: file.name, data };
    return check();
  });

function rootField(): HTMLElement {
  const { root, rootRefusal, rootIsRecord } = state;
  const known = root && [
    h("p", { class: "invite" }, t(state.baked ? "root.baked" : "root.known")),
    h("p", {}, t("root.fingerprint")),
    h("p", { class: "fingerprint" }, h("code", {}, root.fingerprint.match(/^sha256:|.{8}/g)!.map((part) => h("span", {}, part)))),
    root.expires < Date.now() && h("p", { role: "alert" }, h("b", {}, t("root.expired"))),
  ];
  const asked = [
    h("p", { class: "invite" }, t("root")),
    picker("root", ".json,application/json", undefined, takeRootFile),
    rootRefusal && rootIsRecord && h("p", { role: "alert" }, h("b", {}, t("root.record"))),
    rootRefusal && !rootIsRecord && h("p", { role: "alert" }, h("b", {}, t("root.bad")), " ", h("span", { class: "code" }, rootRefusal)),
    h("p", {}, t("root.hint")),
  ];
  return dropField({ class: root ? "drop known" : "drop", id: "root-field" }, takeRootFile, known || asked,
    root && !state.baked && picker("root", ".json,application/json", "", takeRootFile, "root.other"));
}

function form(): Child {
  const policies = h("select", { id: "policy" },
    POLICIES.map((name) => h("option", { value: name, ...(name === state.policy ? { selected: "" } : {}) }, t(`policy.${name}`))));
  policies.addEventListener("change", () => {
    state.policy = (policies as HTMLSelectElement).value as PolicyName;
    void check();
  });
  return [
    h("div", { class: "steps" }, rootField(),
      dropField({ class: "drop", id: "drop" }, takeFile,
        h("p", { class: "invite" }, t("drop")),
        picker("file", ".json,.jsonld,.jwt,.txt,.pdf,.zip,application/json,application/pdf,application/zip", state.file?.name, takeFile),
        h("p", {}, t("drop.hint")))),
    h("div", { class: "row" }, h("div", { class: "field" }, h("label", { for: "policy" }, t("policy")), policies), h("p", { class: "note" }, t("clock"))),
    question(),
  ];
}

function question(): Child {
  const field = (name: "domain" | "challenge"): HTMLElement => {
    const input = h("input", { id: name, value: state[name], autocomplete: "off", spellcheck: "false" }) as HTMLInputElement;
    input.addEventListener("change", () => {
      state[name] = input.value;
      void check();
    });
    return h("div", { class: "field" }, h("label", { for: name }, t(`asked.${name}`)), input);
  };
  const details = h("details", { class: "asked", ...(state.asking ? { open: "" } : {}) },
    h("summary", {}, t("asked")), h("div", { class: "row" }, field("domain"), field("challenge")));
  details.addEventListener("toggle", () => (state.asking = (details as HTMLDetailsElement).open));
  return details;
}

function languages(): Child {
  return LANGUAGES.map((one) => {
    const button = h("button", {
      type: "button", lang: one === "zh" ? "zh-CN" : "en", ...(one === state.language ? { "aria-current": "true" } : {}),
    }, NAMES[one]);
    button.addEventListener("click", () => {
      state.language = one;
      draw();
    });
    return button;
  });
}

const brand = (): SVGElement =>
  svg("svg", { viewBox: "0 0 64 64", width: "32", height: "32", "aria-hidden": "true" },
    svg("rect", { width: "64", height: "64", rx: "14", fill: "#8c1c2b" }),
    svg("path", { d: "M18 14h22a6 6 0 0 1 6 6v30H24a6 6 0 0 1-6-6z", fill: "#fff8ef" }),
    svg("path", { d: "M18 44a6 6 0 0 1 6-6h22", fill: "none", stroke: "#8c1c2b", "stroke-width": "2.5" }),
    svg("path", { d: "m25 25 5 5 10-10", fill: "none", stroke: "#8c1c2b", "stroke-width": "4", "stroke-linecap": "round", "stroke-linejoin": "round" }));

/** A file that is no credential at all is not called invalid, but no file for this page. */
function result(): Child {
  const { shown, all, note, isTrustRoot, language } = state;
  if (isTrustRoot) return problem(t("error.trustroot"), null, language);
  if (note) return h("p", { class: "note", role: "alert" }, t(note.key).replace("{n}", String(note.n)));
  if (all) return list(all, language);
  if (!shown) return null;
  const [first, ...others] = shown.report.checks;
  const isNone = first!.outcome !== "pass" && others.every((one) => one.outcome === "skipped") && first!.code === "document.malformed";
  return isNone ? problem(first!.message[language]!, first!.code, language) : view(shown, language);
}

function draw(): void {
  document.documentElement.lang = state.language === "zh" ? "zh-CN" : "en";
  document.title = `${t("title")} · 信册 Rollbook`;
  document.getElementById("app")!.replaceChildren(
    h("header", { class: "top" }, h("div", { class: "wide" },
      h("span", { class: "brand" }, brand(), h("span", {}, "信册 ", h("b", {}, "Rollbook"))),
      h("span", { class: "offline" }, t("offline")),
      h("nav", { class: "languages", "aria-label": t("language") }, languages()))),
    h("main", { id: "main", class: "wide" },
      h("div", { class: "ask" }, h("h1", {}, t("title")), h("p", { class: "lead" }, t("lead")), form()),
      h("div", { id: "result", "aria-live": "polite" }, result())),
    h("footer", { class: "wide" }, h("p", {}, t("footer"))),
  );
}

declare global {
  interface Window {
    rollbook: { verify: typeof verifyWith; verifyAll: typeof verifyAll };
  }
}
window.rollbook = { verify: verifyWith, verifyAll };

// A file dropped beside a field must not replace the page.
for (const name of ["dragover", "drop"]) document.addEventListener(name, (event) => event.preventDefault());
const baked = document.getElementById("trust-root")!.textContent!.trim();
draw();
if (baked) {
  state.baked = true;
  void takeRoot(utf8(baked));
}
