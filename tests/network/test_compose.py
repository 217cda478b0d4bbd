"""docker-compose.yml and everything that its containers read: one network, told once, and no secret told at all."""

import json
import os
import re
import stat
import subprocess
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from api import chains, variables
from api.settings import Settings, load
from ledger.chain.account import LocalSigner
from ledger.formats.errors import ConfigError
from network import besu, genesis, preparing
from network.plan import VALIDATORS, Plan
from tests.support.shared import REPOSITORY

NOW = 1_700_000_000
LEDGERS = ("begin", "ledger-1", "ledger-2")
ONE_SHOT = ("prepare", "begin")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
    return found


@pytest.fixture(scope="module")
def services(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["services"]
    return found


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Plan]:
    folder = tmp_path_factory.mktemp("prepared")
    return folder, preparing.prepare(folder, now=NOW)


def validators(services: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in services.items() if name.startswith("validator-")}


def inside(service: dict[str, Any], path: str) -> str | None:
    """The volume that a path in a container lies in, and where: `volume/rest`; None where it is in none."""
    for mounted in service["volumes"]:
        volume, target = str(mounted).split(":")[:2]
        if path == target or path.startswith(target + "/"):
            return volume + path.removeprefix(target)
    return None


def test_there_is_everything_that_a_deployment_needs(services: dict[str, Any]) -> None:
    assert len(validators(services)) == VALIDATORS == 4
    assert set(services) - set(validators(services)) == {
        "prepare",
        "database",
        "begin",
        "ledger-1",
        "ledger-2",
        "proxy",
    }


def test_every_image_is_pinned(services: dict[str, Any]) -> None:
    images = {one["image"] for one in services.values()}
    base = re.findall(r"^FROM (\S+)", (REPOSITORY / "network/Dockerfile").read_text(), re.MULTILINE)
    for image in [*images, *base]:
        assert re.fullmatch(r"[a-z/-]+:\d+(\.\d+)+(-[a-z0-9-]+)?(@sha256:[0-9a-f]{64})?", image), image


def test_whatever_runs_on_is_watched_and_comes_back(services: dict[str, Any]) -> None:
    for name, one in services.items():
        if name not in ONE_SHOT:
            assert one["restart"] == "unless-stopped" and one["healthcheck"]["test"][0] == "CMD", name


def test_nothing_waits_for_what_is_not_there(services: dict[str, Any]) -> None:
    for name, one in services.items():
        for other, how in one.get("depends_on", {}).items():
            assert other in services, f"{name} waits for {other}"
            healthy = how["condition"] == "service_healthy"
            assert healthy == (other not in ONE_SHOT), f"{name} waits for {other} in a way that never comes true"
            assert not healthy or "healthcheck" in services[other]


def test_it_begins_once_enough_validators_agree(services: dict[str, Any]) -> None:
    waited = [name for name in services["begin"]["depends_on"] if name.startswith("validator-")]
    assert len(waited) == 3, "QBFT needs three of four; and the fourth may be away"


def test_every_volume_is_declared_and_used(document: dict[str, Any], services: dict[str, Any]) -> None:
    mounted = [volume.split(":")[0] for one in services.values() for volume in one["volumes"]]
    assert {name for name in mounted if not name.startswith("./")} == set(document["volumes"])
    for path in mounted:
        assert not path.startswith("./") or (REPOSITORY / path).exists(), path


def test_what_is_prepared_is_what_the_containers_mount(services: dict[str, Any], prepared: tuple[Path, Plan]) -> None:
    folder, _ = prepared
    mounts = dict(mounted.split(":") for mounted in services["prepare"]["volumes"])
    assert {target.removeprefix("/prepared/") for target in mounts.values()} == {one.name for one in folder.iterdir()}
    assert all(target == f"/prepared/{volume}" for volume, target in mounts.items())


def test_only_the_door_is_open(services: dict[str, Any], document: dict[str, Any]) -> None:
    assert {name: one["ports"] for name, one in services.items() if "ports" in one} == {"proxy": ["80:80", "443:443"]}
    assert document["networks"]["chain"]["internal"] and document["networks"]["inside"]["internal"]
    assert services["proxy"]["networks"] == ["front"] and services["database"]["networks"] == ["inside"]
    assert services["prepare"]["network_mode"] == "none"


def test_a_key_is_seen_by_whom_it_belongs_to(services: dict[str, Any]) -> None:
    secret = {"plan": set(), "ledger-secrets": set(LEDGERS), "database-secrets": {"database"}}
    secret |= {name: {name} for name in validators(services)}
    for volume, owners in secret.items():
        seen = {name for name, one in services.items() if any(v.startswith(f"{volume}:") for v in one["volumes"])}
        assert seen - {"prepare"} == owners, volume


def test_no_secret_is_in_any_committed_file(services: dict[str, Any], prepared: tuple[Path, Plan]) -> None:
    text = (REPOSITORY / "docker-compose.yml").read_text()
    assert not re.search(r"[0-9a-f]{40}|postgres(ql)?://|-----BEGIN|TOKEN", text)
    for name, one in services.items():
        for variable, value in one.get("environment", {}).items():
            told = re.search("PASSWORD|SECRET|KEY|DATABASE_URL", variable)
            assert not told or (variable.endswith("_FILE") and value.startswith("/secrets/")), f"{name}: {variable}"


def test_every_file_that_is_named_is_prepared_and_mounted(
    services: dict[str, Any], prepared: tuple[Path, Plan]
) -> None:
    folder, _ = prepared
    for name, one in services.items():
        named = [value for value in one.get("environment", {}).values() if str(value).startswith("/secrets/")]
        command = one.get("command", [])
        named += re.findall(r"(/(?:secrets|config)/[\w.-]+)", " ".join(command))
        for path in named:
            where = inside(one, path)
            assert where is not None and (folder / where).is_file(), f"{name}: {path}"


def test_a_validator_runs_where_its_files_say(
    services: dict[str, Any], document: dict[str, Any], prepared: tuple[Path, Plan]
) -> None:
    folder, plan = prepared
    subnet = ip_network(document["networks"]["chain"]["ipam"]["config"][0]["subnet"])
    for one in plan.validators:
        service = services[one.name]
        settings = tomllib.loads((folder / "config" / f"{one.name}.toml").read_text())
        assert service["networks"]["chain"]["ipv4_address"] == one.host == settings["p2p-host"]
        assert ip_address(one.host) in subnet
        assert (settings["p2p-port"], settings["rpc-http-port"]) == (one.p2p_port, one.rpc_port)
        assert f"/dev/tcp/127.0.0.1/{one.rpc_port};" in service["healthcheck"]["test"][-1]
        assert service["command"] == [f"--config-file={besu.CONFIG}/{one.name}.toml"]
        assert one.name in settings["host-allowlist"] and "*" not in settings["host-allowlist"]
        assert not {"ADMIN", "DEBUG", "PERM", "MINER"} & set(settings["rpc-http-api"])
        for option in ("genesis-file", "static-nodes-file", "permissions-nodes-config-file", "node-private-key-file"):
            where = inside(service, settings[option])
            assert where is not None and (folder / where).is_file(), option
        assert inside(service, settings["data-path"]) == f"{one.name}/besu", "its chain is in no volume"
        assert (folder / one.name / "key").read_text() == one.secret.hex()


def test_everybody_is_called_and_let_in(prepared: tuple[Path, Plan]) -> None:
    folder, plan = prepared
    acting = chains._secrets(folder / "ledger-secrets/chain-keys")
    addresses = ["0x" + LocalSigner(secret).address.hex() for secret in acting]
    assert len(set(addresses)) == 2
    for one in plan.validators:
        permitted = tomllib.loads((folder / one.name / "permissions.toml").read_text())
        called = json.loads((folder / "config/static-nodes.json").read_text())
        assert permitted["nodes-allowlist"] == called == plan.enodes
        assert permitted["accounts-allowlist"] == addresses
        settings = tomllib.loads((folder / "config" / f"{one.name}.toml").read_text())
        assert settings["permissions-nodes-config-file-enabled"] is True
        assert settings["permissions-accounts-config-file-enabled"] is True


def test_a_validator_may_write_its_own_lists_and_nobody_elses(
    services: dict[str, Any], prepared: tuple[Path, Plan]
) -> None:
    """Besu writes its accounts back as it starts; where it cannot, its list stays empty and it takes no transaction."""
    folder, plan = prepared
    for one in plan.validators:
        settings = tomllib.loads((folder / "config" / f"{one.name}.toml").read_text())
        (writable,) = [volume for volume in services[one.name]["volumes"] if not volume.endswith(":ro")]
        volume, target = writable.split(":")
        for option in ("permissions-nodes-config-file", "permissions-accounts-config-file"):
            assert settings[option].startswith(f"{target}/") and volume == one.name, option


def test_every_state_is_kept(prepared: tuple[Path, Plan]) -> None:
    """What a redeployment compares is read at a block that is older than the 512 whose states Besu keeps by default."""
    folder, plan = prepared
    for one in plan.validators:
        settings = tomllib.loads((folder / "config" / f"{one.name}.toml").read_text())
        assert settings["data-storage-format"] == "FOREST" and settings["sync-mode"] == "FULL"
        assert not any("prun" in option or "bonsai" in option for option in settings)


def test_the_first_block_names_those_whose_keys_are_there(prepared: tuple[Path, Plan]) -> None:
    folder, plan = prepared
    shape = json.loads((folder / "config/genesis.json").read_text())
    assert genesis.validators_of(bytes.fromhex(shape["extraData"][2:])) == plan.addresses
    assert shape == json.loads(json.dumps(genesis.besu(plan)))


def test_the_ledger_is_told_the_same(services: dict[str, Any], prepared: tuple[Path, Plan]) -> None:
    folder, plan = prepared
    told = dict(re.findall(r"^export (\w+)='(.*)'$", (folder / "ledger-secrets/ledger.env").read_text(), re.MULTILINE))
    assert set(told["ROLLBOOK_CHAIN_SEALERS"].split(",")) == {"0x" + one.hex() for one in plan.addresses}
    database, address = services["database"], urlsplit(told["ROLLBOOK_DATABASE_URL"])
    assert address.hostname == "database" and address.port is None
    assert address.username == database["environment"]["POSTGRES_USER"]
    assert address.path == "/" + database["environment"]["POSTGRES_DB"]
    assert address.password == (folder / "database-secrets/password").read_text()
    for name in LEDGERS:
        environment = services[name]["environment"]
        assert environment["ROLLBOOK_CHAIN_URL"].split(",") == [
            f"http://{one.name}:{one.rpc_port}" for one in plan.validators
        ]
        variables.check({**environment, **told}, Settings.model_fields)
        assert set(services[name]["networks"]) >= {"inside", "chain"}


def test_two_serve_together_under_their_own_names(
    services: dict[str, Any], prepared: tuple[Path, Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = prepared
    told = dict(re.findall(r"^export (\w+)='(.*)'$", (folder / "ledger-secrets/ledger.env").read_text(), re.MULTILINE))
    upstreams = re.search(r"reverse_proxy (.*) \{", (REPOSITORY / "network/Caddyfile").read_text())
    for name in ("ledger-1", "ledger-2"):
        for variable, value in {**services[name]["environment"], **told}.items():
            monkeypatch.setenv(variable, value.replace("${LEDGER_HOST:-localhost}", "localhost"))
        monkeypatch.setenv("ROLLBOOK_SECRET_FILE", str(folder / "ledger-secrets/secret"))
        settings = load()
        assert settings.together and settings.peer_host == name and settings.host == "0.0.0.0"
        assert settings.base_url == "https://localhost" and settings.passphrase()
        assert upstreams and f"{name}:{settings.listen_port('https://localhost')}" in upstreams[1].split()


def test_preparing_again_changes_nothing(tmp_path: Path) -> None:
    first = preparing.prepare(tmp_path, now=NOW)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert preparing.prepare(tmp_path, now=NOW + 1000) == first
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_preparing_that_was_killed_goes_on(tmp_path: Path) -> None:
    preparing.prepare(tmp_path, now=NOW)
    keys = (tmp_path / "ledger-secrets/chain-keys").read_bytes()
    (tmp_path / "plan/network.json").unlink()
    made = preparing.prepare(tmp_path, now=NOW)
    assert (tmp_path / "ledger-secrets/chain-keys").read_bytes() == keys
    assert (tmp_path / "validator-1/key").read_text() == made.validators[0].secret.hex()


def test_what_is_secret_is_for_its_user_alone(prepared: tuple[Path, Plan], services: dict[str, Any]) -> None:
    folder, _ = prepared
    owners = {"validator": preparing.BESU_USER, "ledger": preparing.LEDGER_USER, "database": 0, "plan": 0}
    for path in folder.rglob("*"):
        if path.is_dir() or path.is_relative_to(folder / "config"):
            continue
        found = path.stat()
        assert stat.S_IMODE(found.st_mode) == 0o600, path
        if os.geteuid() == 0:
            assert found.st_uid == owners[path.relative_to(folder).parts[0].split("-")[0]], path
    assert services["ledger-1"]["user"] == f"{preparing.LEDGER_USER}:{preparing.LEDGER_USER}"
    assert services["validator-1"]["user"] == f"{preparing.BESU_USER}:{preparing.BESU_USER}"


@pytest.mark.parametrize("text", ["", "11" * 32, "11" * 32 + "\n" + "11" * 32, "zz\nzz", "00" * 32 + "\n" + "11" * 32])
def test_keys_of_accounts_that_are_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys").write_text(text)
    with pytest.raises(ConfigError) as caught:
        chains._secrets(tmp_path / "keys")
    assert caught.value.code == "config.chain_keys" and "1111" not in caught.value.message.replace(str(tmp_path), "")


@pytest.fixture
def liveness() -> Iterator[HTTPServer]:
    """A node's answer to whether it lives."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            alive = self.path == "/liveness" and self.headers["Host"] == "localhost"
            self.send_response(200 if alive else 403)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server
        server.shutdown()


def test_a_validator_that_lives_is_healthy_and_one_that_does_not_is_not(
    services: dict[str, Any], liveness: HTTPServer
) -> None:
    test = services["validator-1"]["healthcheck"]["test"][1:]
    port = str(liveness.server_address[1])
    there = [part.replace("8545", port) for part in test]
    assert subprocess.run(there, check=False, timeout=10).returncode == 0
    wrong = [part.replace("/liveness", "/nothing") for part in there]
    assert subprocess.run(wrong, check=False, timeout=10).returncode != 0
    gone = [part.replace("8545", "1") for part in test]
    assert subprocess.run(gone, check=False, timeout=10, capture_output=True).returncode != 0


def test_the_image_holds_what_it_runs_and_nothing_of_a_checkout() -> None:
    """Everything that is copied is let through, and nothing else is."""
    recipe = (REPOSITORY / "network/Dockerfile").read_text()
    copied = {source for line in re.findall(r"^COPY (.*)$", recipe, re.MULTILINE) for source in line.split()[:-1]}
    ignored = (REPOSITORY / "network/Dockerfile.dockerignore").read_text().split("\n")
    assert {line[1:] for line in ignored if line.startswith("!")} == copied and "*" in ignored
    for source in copied:
        assert (REPOSITORY / source).exists(), source
    assert {"api", "network"} <= copied and "tests" not in copied
