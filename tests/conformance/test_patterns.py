"""The verifier in one HTML file takes the same patterns as ours, and they match the same."""

import json
import subprocess
from pathlib import Path

from tests.conformance.patterns import MATCHING, NOT_MATCHING, REFUSED
from tests.project.test_web_build import WEB, web  # noqa: F401

ASK = """import { Pattern } from "./pattern.mjs";
const told = JSON.parse(process.argv[2]).map(([pattern, text]) => {
  try { return new Pattern(pattern).test(text); } catch (error) { return error.code; }
});
console.log(JSON.stringify(told));
"""


def test_a_pattern_that_the_two_verifiers_read_differently(web: Path, tmp_path: Path) -> None:  # noqa: F811
    build = [str(web / "node_modules/.bin/esbuild"), str(WEB / "src/pattern.ts"), "--bundle", "--format=esm"]
    subprocess.run([*build, f"--outfile={tmp_path / 'pattern.mjs'}"], check=True, capture_output=True, timeout=60)
    (tmp_path / "ask.mjs").write_text(ASK)
    asked = [*MATCHING, *NOT_MATCHING, *((pattern, "") for pattern in REFUSED)]
    command = ["node", str(tmp_path / "ask.mjs"), json.dumps(asked)]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout)
    told = dict(zip(asked, answer, strict=True))
    wanted: dict[tuple[str, str], bool | str] = {**dict.fromkeys(MATCHING, True), **dict.fromkeys(NOT_MATCHING, False)}
    wanted |= {(pattern, ""): "kind.malformed" for pattern in REFUSED}
    assert told == wanted
