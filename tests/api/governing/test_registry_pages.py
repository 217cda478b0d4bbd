"""The tree and its history for anybody: JSON and pages say what the chain says, and ask it next to nothing."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from api import acts
from api.governing import Wanted
from api.http.app import create_app
from api.registry_view import RegistryViews
from issuers.tables import MemberRow
from ledger.formats import registry
from ledger.log.tables import table_of
from ledger.log.transactions import writing
from tests.api.governing.conftest import COUNTY, PROVINCE, SCHOOL, Here

LIVED = "3601000031"


@pytest.fixture(scope="module")
def site(here: Here) -> TestClient:
    """With a school that had a stolen key, ended, and came back; and one whose county ended."""
    deployment = here.deployment
    member = here.add_school(LIVED)
    key = deployment.schools.signing_key(member.did)[0]
    acts.compromise(deployment, member, registry.key_id(key.public_key), deployment.governing.tree.block.timestamp)
    acts.withdraw(deployment, member)
    acts.restore(deployment, member, Wanted())
    ended = deployment.add_authority("3603", "Third", "第三县", authority=here.member(PROVINCE), wanted=Wanted("3603"))
    here.add_school("3603000001", "3603")
    acts.withdraw(deployment, ended)
    return TestClient(create_app(deployment), base_url="http://localhost:8000", raise_server_exceptions=False)


@pytest.fixture(autouse=True)
def fresh(here: Here) -> None:
    here.deployment.history._asked = -1.0
    here.deployment.registry_views._known = None


def pages(site: TestClient, path: str, name: str, limit: int) -> list[dict[str, Any]]:
    """All items of a paged list."""
    found: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        answer = site.get(f"{path}?after={after}&limit={limit}").json()
        assert len(answer[name]) <= limit and answer["asOf"].endswith("Z")
        found += answer[name]
        after = answer["next"]
    return found


def test_the_tree_is_paged_and_each_member_stands_after_its_parent(site: TestClient, here: Here) -> None:
    found = pages(site, "/v1/registry", "members", 3)
    assert found == pages(site, "/v1/registry", "members", 1000)
    ids = [one["id"] for one in found]
    assert len(ids) == len(set(ids)) == len(here.deployment.registry.members())
    for one in found[1:]:
        assert ids.index(one["parent"]) < ids.index(one["id"])
    assert found[0]["parent"] is None and found[0]["depth"] == 0
    by_code = {one["code"]: one for one in found}
    assert by_code[SCHOOL]["depth"] == 3 and by_code[COUNTY]["accreditations"][0]["accreditsOthers"] is True
    assert by_code[SCHOOL]["name"] == {"en": f"School {SCHOOL}", "zh": f"学校{SCHOOL}"}
    states = {code: by_code[code]["state"] for code in (SCHOOL, "3603", "3603000001", LIVED)}
    assert states == {SCHOOL: "open", "3603": "withdrawn", "3603000001": "above", LIVED: "open"}
    assert site.get("/v1/registry?limit=0").status_code == site.get("/v1/registry?after=-1").status_code == 400


def test_a_members_periods_keys_and_history(site: TestClient, here: Here) -> None:
    member = here.member(LIVED)
    found = site.get(f"/v1/registry/{member.member_id.hex()}").json()
    first, second = found["accreditations"]
    assert first["withdrawn"] and second["withdrawn"] is None and first["region"] == LIVED and first["kinds"] is None
    stolen = [key for key in found["keys"] if key["compromisedSince"]]
    assert len(stolen) == 1 and {key["custody"] for key in found["keys"]} == {"hosted"}
    told = [act["act"] for act in found["history"]]
    assert told == ["Accredited", "KeyAdded", "KeyAdded", "KeyCompromised", "KeyAdded", "Withdrawn", "Accredited"]
    assert found["history"][5]["time"] == first["withdrawn"]
    assert all("possession" not in act["values"] for act in found["history"])
    every = pages(site, "/v1/registry/history", "acts", 7)
    assert [act for act in every if act["member"] == member.member_id.hex()] == found["history"]
    assert {act["act"] for act in every if act["member"] is None} == {"KindRegistered"}


@pytest.mark.parametrize("path", ["/v1/registry/" + "0" * 64, "/registry/" + "0" * 64])
def test_who_is_not_there(site: TestClient, path: str) -> None:
    found = site.get(path)
    assert found.status_code == 404 and found.json()["code"] == "registry.unknown"
    assert site.get(path[:-1]).status_code == 400


def test_a_code_leads_nowhere(site: TestClient, here: Here) -> None:
    for code in (SCHOOL, COUNTY):
        found = site.get(f"/registry/{code}?lang=en", follow_redirects=False)
        assert found.headers["location"] == f"/registry/{here.member(code).member_id.hex()}?lang=en"
        assert code in site.get(f"/registry/{code}").text
    assert site.get("/registry/NOT-A-MEMBER").json()["code"] == "request.invalid"


def test_the_numbers_of_keys_have_no_legend(site: TestClient) -> None:
    assert "密钥（可用／全部）" in site.get("/registry?lang=zh").text
    assert "Keys (usable / all)" in site.get("/registry?lang=en").text


def test_a_name_that_is_not_the_registered_one_is_not_shown(site: TestClient, here: Here) -> None:
    """As if somebody had changed the books."""
    from ledger.formats import canonical

    member = here.add_school("3601000032")
    false = canonical.dumps(member.profile | {"name": {"en": "Tsinghua University", "zh": "清华大学"}})
    rows = table_of(MemberRow)
    with writing(here.deployment.engine) as connection:
        connection.execute(rows.update().where(rows.c.did == member.did).values(profile=false))
    found = site.get(f"/v1/registry/{member.member_id.hex()}").json()
    assert found["name"] is None and found["did"] is None
    for language, words in (("zh", "名称未知"), ("en", "name not known here")):
        page = site.get(f"/registry/{member.member_id.hex()}?lang={language}").text
        assert words in page and "清华" not in page and "Tsinghua" not in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_show_the_tree_and_its_history(site: TestClient, here: Here, language: str) -> None:
    tree = site.get(f"/registry?lang={language}").text
    member = here.member(LIVED)
    name = member.profile["name"][language]
    assert name in tree and f'href="/registry/{member.member_id.hex()}?lang={language}"' in tree
    words = {"zh": ("上级已撤回", "已撤回", "平台托管", "报告密钥失窃"), "en": (
        "withdrawn above", "withdrawn", "hosted", "key reported stolen"
    )}[language]  # fmt: skip
    assert words[0] in tree and words[1] in tree
    assert 'href="/static/registry.css"' in tree and site.get("/static/registry.css").status_code == 200
    page = site.get(f"/registry/{member.member_id.hex()}?lang={language}").text
    assert name in page and words[2] in page and words[3] in page and member.did in page
    parent = here.member(COUNTY)
    assert parent.profile["name"][language] in page
    above = site.get(f"/registry/{parent.member_id.hex()}?lang={language}").text
    assert f"/registry/{member.member_id.hex()}" in above


def test_a_long_tree_has_further_pages(site: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.pages.registry.PAGE", 2)
    first = site.get("/registry?lang=en").text
    assert first.count('scope="row"') == 2 and "after=2" in first
    second = site.get("/registry?lang=en&after=2").text
    assert second.count('scope="row"') == 2 and "First page" in second
    assert site.get("/registry?lang=en&after=2000").status_code == 200


def test_readers_ask_the_chain_next_to_nothing(site: TestClient, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    chain, asked = here.deployment.opened.chain, list[str]()
    ask = chain._ask

    def watched(method: str, *params: Any) -> Any:
        asked.append(method)
        return ask(method, *params)

    monkeypatch.setattr(chain, "_ask", watched)
    for _ in range(20):
        for path in ("/v1/registry", "/registry", f"/registry/{here.member(SCHOOL).member_id.hex()}"):
            assert site.get(path).status_code == 200
    assert len(asked) <= 10, asked
    made = RegistryViews(here.deployment.history, here.deployment.schools, here.deployment.kinds)
    assert made.now() is made.now()
