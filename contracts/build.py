"""Compile the contracts and write their artifacts: ``python -m contracts.build``. Needs the development group's Vyper.

``london`` is the fork of the embedded node: code for a later one deploys there, then burns all gas at the first call.
"""

import json
from typing import Any

from Crypto.Hash import keccak

from contracts import FOLDER, NAMES

EVM_VERSION = "london"


def compiled(name: str) -> str:
    """The artifact of one contract as the text of its JSON file, freshly compiled."""
    import vyper  # here, so that reading this module needs no compiler
    from vyper.compiler import compile_code
    from vyper.compiler.settings import Settings

    source = (FOLDER / f"{name}.vy").read_text(encoding="utf-8")
    made = compile_code(
        source,
        contract_path=f"{name}.vy",
        output_formats=["abi", "bytecode", "bytecode_runtime", "layout"],
        settings=Settings(evm_version=EVM_VERSION),
    )
    runtime = bytes.fromhex(made["bytecode_runtime"].removeprefix("0x"))
    artifact: dict[str, Any] = {
        "name": name,
        "compiler": f"vyper {vyper.__version__.split('+')[0]}",
        "evmVersion": EVM_VERSION,
        "codeHash": "0x" + keccak.new(digest_bits=256, data=runtime).hexdigest(),
        "layout": {variable: place["slot"] for variable, place in made["layout"]["storage_layout"].items()},
        "abi": made["abi"],
        "bytecode": made["bytecode"],
        "runtime": made["bytecode_runtime"],
    }
    return json.dumps(artifact, indent=1) + "\n"


def main() -> None:
    """Write every artifact."""
    for name in NAMES:
        path = FOLDER / "artifacts" / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(compiled(name), encoding="utf-8")
        print(path.name, json.loads(path.read_text(encoding="utf-8"))["codeHash"])


if __name__ == "__main__":
    main()
