// Builds src/ into one static HTML file: the script, the styles and the pinned contexts inside, a Content-Security-Policy
// with the hashes of both, and nothing that a browser would fetch. Run as `npm run build`; `--check` compares instead.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const CONTEXTS = join(HERE, "../../ledger/formats/contexts");
const STATIC = join(HERE, "../../api/pages/static");
const OUTPUT = join(HERE, "dist/rollbook-verifier.html");

const digest = (data, algorithm, encoding) => createHash(algorithm).update(data).digest(encoding);
const read = (...parts) => readFileSync(join(HERE, ...parts), "utf8");

/** The pinned contexts by address, each from the very file that the other verifier reads. */
function contexts() {
  const pinned = JSON.parse(read("src/data/contexts.json"));
  return Object.fromEntries(
    Object.entries(pinned).map(([url, { file, sha256 }]) => {
      const data = readFileSync(join(CONTEXTS, file));
      if (digest(data, "sha256", "hex") !== sha256) throw new Error(`${file} is not the file that is pinned`);
      return [url, data.toString("utf8")];
    }),
  );
}

/** `rollbook:contexts` and `rollbook:icon` as modules. */
export const plugin = {
  name: "rollbook",
  setup(builder) {
    builder.onResolve({ filter: /^rollbook:/ }, ({ path }) => ({ path, namespace: "rollbook" }));
    builder.onLoad({ filter: /^rollbook:contexts$/, namespace: "rollbook" }, () => ({
      contents: JSON.stringify(contexts()),
      loader: "json",
    }));
  },
};

async function script() {
  const { outputFiles } = await build({
    entryPoints: [join(HERE, "src/ui/main.ts")],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    plugins: [plugin],
  });
  // Inside of HTML no script may hold the end of one.
  return outputFiles[0].text.replaceAll("</script", "<\\/script").trim();
}

/** The whole page; the trust root is empty here, and baked in by `rollbook trust web`. */
async function page() {
  const style = `${readFileSync(join(STATIC, "rollbook.css"), "utf8")}\n${read("src/ui/offline.css")}`.trim();
  const icon = `data:image/svg+xml;base64,${readFileSync(join(STATIC, "icon.svg")).toString("base64")}`;
  const code = await script();
  const source = (text) => `'sha256-${digest(text, "sha256", "base64")}'`;
  const policy = `default-src 'none'; script-src ${source(code)}; style-src ${source(style)}; img-src data:; base-uri 'none'; form-action 'none'`;
  const parts = { policy, icon, style, code };
  return read("src/ui/page.html").replace(/%(policy|icon|style|code)%/g, (_, name) => parts[name]);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const html = await page();
  if (process.argv.includes("--check")) {
    if (readFileSync(OUTPUT, "utf8") !== html) {
      console.error("dist/rollbook-verifier.html is not what its sources give: run npm run build");
      process.exit(1);
    }
  } else {
    mkdirSync(dirname(OUTPUT), { recursive: true });
    writeFileSync(OUTPUT, html);
    console.log(`${OUTPUT}: ${html.length} characters`);
  }
}
