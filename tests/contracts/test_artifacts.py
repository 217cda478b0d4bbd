"""The committed artifacts are what the sources compile to, and what lies on the chain after deployment."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import contracts
from contracts import build
from ledger.chain.registries import CheckpointRegistryClient, IssuerRegistryClient
from ledger.formats.errors import ProofError
from ledger.formats.keccak import keccak256
from tests.support.chain import TestChain

# These are in trust roots and bundles already made: a change here is a new contract, never a new version of this one.
LAYOUTS = {
    "CheckpointRegistry": ["admin", "operators", "heads", "roots", "anchors", "successors", "seeding"],
    "IssuerRegistry": [
        "root",
        "controllers",
        "parents",
        "profiles",
        "accreditations",
        "keys",
        "key_ids",
        "kinds",
        "members",
        "member_count",
        "accreditation_counts",
        "key_counts",
        "seeding",
    ],
}


@pytest.mark.parametrize("name", contracts.NAMES)
def test_artifact_equals_a_fresh_compilation(name: str) -> None:
    committed = (contracts.FOLDER / "artifacts" / f"{name}.json").read_text(encoding="utf-8")
    assert build.compiled(name) == committed


@pytest.mark.parametrize("name", contracts.NAMES)
def test_artifact_is_for_the_embedded_node(name: str) -> None:
    artifact = contracts.load(name)
    assert (artifact.compiler, artifact.evm_version) == ("vyper 0.4.3", "london")
    assert artifact.code_hash == keccak256(artifact.runtime)


@pytest.mark.parametrize("name", contracts.NAMES)
def test_slots_stay_where_they_are(name: str) -> None:
    assert contracts.load(name).layout == {variable: slot for slot, variable in enumerate(LAYOUTS[name], start=1)}


@pytest.mark.parametrize("name", contracts.NAMES)
def test_source_documents_its_slots(name: str) -> None:
    source = (contracts.FOLDER / f"{name}.vy").read_text(encoding="utf-8")
    for variable, slot in contracts.load(name).layout.items():
        assert f"\n     {slot:<6}{variable}" in source


def test_deployed_code_is_the_artifacts(test_chain: TestChain) -> None:
    checkpoints = CheckpointRegistryClient.deploy(test_chain.chain, test_chain.admin)
    issuers = IssuerRegistryClient.deploy(test_chain.chain, test_chain.admin, b"\1" * 32, b"\2" * 32)
    assert test_chain.chain.code(checkpoints.address) == contracts.load("CheckpointRegistry").runtime
    assert test_chain.chain.code(issuers.address) == contracts.load("IssuerRegistry").runtime


def test_other_code_at_the_address_is_noticed(test_chain: TestChain) -> None:
    checkpoints = CheckpointRegistryClient.deploy(test_chain.chain, test_chain.admin)
    for address in (checkpoints.address, b"\5" * 20):
        with pytest.raises(ProofError) as caught:
            IssuerRegistryClient(test_chain.chain, address).check_code()
        assert caught.value.code == "chain.wrong_contract"


def test_unknown_contract() -> None:
    with pytest.raises(KeyError):
        contracts.load("../artifacts/IssuerRegistry")


def test_reading_artifacts_needs_no_compiler() -> None:
    program = "import sys, contracts; contracts.load('IssuerRegistry'); print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "'contracts'" in done.stdout
    assert not any(f"'{name}'" in done.stdout for name in ("vyper", "eth", "web3", "Crypto"))


def test_build_writes_what_it_compiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(build, "FOLDER", tmp_path)
    monkeypatch.setattr(build, "compiled", lambda name: json.dumps({"codeHash": name}))
    build.main()
    for name in contracts.NAMES:
        assert (tmp_path / "artifacts" / f"{name}.json").read_text(encoding="utf-8") == json.dumps({"codeHash": name})
