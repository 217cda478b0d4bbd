"""Inputs of the kit at which two implementations once differed: white space, names, words of a language, order.

What JavaScript and Python call white space differs: U+FEFF is it to one, U+0085 and U+001C to the other.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ledger.formats import canonical, jws, suites
from ledger.formats.errors import FormatError
from ledger.formats.multibase import base64url_encode
from ledger.formats.proof import JcsSigner
from ledger.formats.proof_rdfc import RdfcSigner
from tests.support import pdfs
from tests.verifier.cases.inputs import Cases
from tests.worlds import foreign, summaries
from tests.worlds.badges import BadgeScene
from tests.worlds.scene import HOLDER, HOLDER_DID, Scene
from tests.worlds.tokens import JWT, WALLET, WALLET_DID, TokenScene
from verifier.policy import VC
from verifier.report import Report

INPUTS = Cases()
given = INPUTS.case
X, CREATED = "https://x.test/", "2026-01-01T00:00:00Z"


def _utf16(text: str) -> bytes:
    return b"<" + ("\ufeff" + text).encode("utf-16-be").hex().encode() + b">"


LETTERS = {"a_mark": "\ufeff", "a_next_line": "\x85", "an_ideographic_space": "\u3000", "a_zero_width_space": "\u200b"}
NAMES: dict[str, tuple[bytes, bytes]] = {
    "two_others": (b"(a)", b"(b)"),
    "in_utf_8_without_a_mark": ("(é)".encode(), _utf16("é")),
    "in_latin_1": (b"(\\351)", _utf16("é")),
    "with_a_zero_width_space": (_utf16("bundle\u200b.json"), b"(b)"),
    "in_full_width_letters": ("(ｂundle.json)".encode(), b"(b)"),
    "with_a_soft_hyphen": (_utf16("a\xad"), b"(a)"),
    "with_two_marks": (_utf16("\ufeffa"), b"(a)"),
    "in_utf_8_with_a_mark": (b"<efbbbf61>", b"(a)"),
    "in_capitals": (("(ΑΣ)".encode(), _utf16("ας"))),
}
TREE = pdfs.CATALOG.replace(b"4 0 R", b"4 0 R (seal.png) 6 0 R")
DAMAGED = pdfs.stream(b"png").replace(b"x\x9c", b"xx")
PDFS: dict[str, dict[int, bytes]] = {
    "a_second_attachment_that_is_damaged": {6: pdfs.filespec(b"(seal.png)", 7), 7: DAMAGED},
    "a_second_attachment_of_one_name_that_is_damaged": {6: pdfs.filespec(number=7), 7: DAMAGED},
    "attachments_that_the_tree_alone_names": {
        1: TREE, 4: b"<< /EF << /F 5 0 R >> >>", 6: b"<< /EF << /F 7 0 R >> >>", 7: pdfs.stream(b"png"),
    },
    "a_stream_elsewhere_that_does_not_end_where_it_says": {6: pdfs.stream(b"x", length=3)},
    "a_reference_to_another_generation": {4: pdfs.filespec().replace(b"5 0 R", b"5 1 R")},
    "a_reference_without_a_space": {4: pdfs.filespec().replace(b"5 0 R", b"5 0R")},
    "a_length_that_is_no_whole_number": {6: b"<< /Length 3.0 >>\nstream\nabc\nendstream"},
    "a_word_for_an_object": {6: b"word"},
    "related_files_and_an_attachment_without_a_file": {
        4: pdfs.filespec(number=99), 6: b"<< /Type /Filespec /F (x) /RF << >> >>",
    },
}  # fmt: skip
WORDS = ("toString", "constructor", "hasOwnProperty", "__proto__")
SUMMARIES: dict[str, dict[str, Any]] = {
    "an_issuer_that_is_no_did": {"issuer": "no did"},
    "an_array_of_no_proof": {"proof": []},
    "one_type": {"type": ["SummaryCredential"]},
    "two_faults_the_first_of_which_is_its_size": {"name": "a" * 900, "digest": "none"},
    "an_issuer_that_is_too_long": {"issuer": "did:web:" + "a" * 900},
}
WEBSITE = {
    "a_key_that_nobody_knows_for_logging_in": {"proofPurpose": "authentication"},
    "a_key_that_nobody_knows_at_no_time": {"created": "today"},
}
ISSUERS = {
    "an_issuer_that_is_a_url": "https://x.example/a",
    "an_issuer_that_is_another_did_key": "did:key:z6Mkother",
    "an_issuer_that_is_a_website": "did:web:x.example",
}
CONTEXTS: dict[str, tuple[Any, Any]] = {
    "letters_that_are_white_space_to_one": ({f"a{one}b": f"urn:a:{one}" for one in LETTERS.values()}, {"name": "x"}),
    "an_index_without_a_map": ({"a": {"@id": f"{X}a", "@index": "a"}}, {"name": "x"}),
    "an_index_that_is_none": ({"a": {"@id": f"{X}a", "@index": 1, "@container": "@index"}}, {"name": "x"}),
    "nesting_in_a_keyword": ({"a": {"@id": f"{X}a", "@nest": "@id"}}, {"name": "x"}),
    "a_term_that_is_nested_when_compacted": ({"a": {"@id": f"{X}a", "@nest": "more"}}, {"a": "x"}),
    "a_scoped_context_that_rests_on_a_later_name": (
        {"a": {"@id": f"{X}a", "@context": {"z": {"@id": f"{X}z", "@type": "b"}}}, "b": f"{X}b"},
        {"a": "x"},
    ),
    "a_type_by_another_name_of_its_keyword": ({"a": {"@id": f"{X}a", "@type": "id"}}, {"a": "urn:a:b"}),
    "a_term_that_is_an_id": ({"a": "@id"}, {"a": "urn:a:b"}),
    "a_term_that_is_a_list": ({"a": "@list"}, {"a": ["x"]}),
    "a_keyword_to_come_of_no_type": ({"a": {"@id": "@later", "@type": "none"}}, {"name": "x"}),
    "a_container_of_null": ({"a": {"@id": f"{X}a", "@container": None}}, {"name": "x"}),
    "a_graph_of_types": ({"a": {"@id": f"{X}a", "@container": ["@graph", "@type"]}}, {"name": "x"}),
    "a_vocabulary_with_a_prefix": ([{"p": X}, {"@vocab": "p:"}], {"a": "x"}),
    "json_in_a_list": ({"a": {"@id": f"{X}a", "@type": "@json", "@container": "@list"}}, {"a": [1]}),
    "a_text_of_no_type_in_a_language": ({"@language": "en", "a": {"@id": f"{X}a", "@type": "@none"}}, {"a": "x"}),
    "an_empty_language_that_is_none": ({"a": {"@id": f"{X}a", "@container": "@language"}}, {"a": {"e n": []}}),
    "two_spellings_of_a_language": ({"a": {"@id": f"{X}a", "@container": "@language"}}, {"a": {"en": "x", "EN": "x"}}),
    "a_language_map_with_a_direction": (
        {"@direction": "rtl", "a": {"@id": f"{X}a", "@container": "@language"}},
        {"a": {"ar": "x"}},
    ),
    "another_name_for_no_language": (
        {"none": "@none", "a": {"@id": f"{X}a", "@container": "@language"}},
        {"a": {"none": "x"}},
    ),
    "a_value_with_a_type_by_its_other_name": ({"a": f"{X}a"}, {"a": {"@value": "x", "type": f"{X}t"}}),
    "a_list_object_under_a_type": ({"a": {"@id": f"{X}a", "@type": "@id"}}, {"a": {"@list": ["urn:a:b"]}}),
    "a_list_object_where_a_types_context_is_in_force": (
        {"a": f"{X}a", "T": {"@id": f"{X}T", "@context": {"b": f"{X}b"}}},
        {"type": "T", "a": {"@list": ["x"]}},
    ),
    "an_undefined_word_and_then_a_null": ({"a": f"{X}a"}, {"a": {"nowhere": "x"}, "name": None}),
    "a_null_and_then_an_undefined_word": ({"z": f"{X}z"}, {"name": None, "z": {"nowhere": "x"}}),
    "an_undefined_type_and_an_id_that_is_none": ({"a": f"{X}a"}, {"a": {"id": 1, "type": "Nowhere"}}),
}


def _register(topic: str, make: Callable[..., Report], inputs: Mapping[str, tuple[Any, ...]]) -> None:
    INPUTS.extend((topic, name, partial(make, *more)) for name, more in inputs.items())


def _cosigned(letter: str) -> Report:
    scene = Scene()
    made = scene.bundle()
    return scene.verify(made | {"checkpoint": f"{made['checkpoint']}\u2014 wit{letter}ness AAAAAAAA\n"})


def _attached(first: bytes, second: bytes) -> Report:
    more = {6: pdfs.filespec(first, 7), 7: pdfs.stream(b"{}"), 8: pdfs.filespec(second, 9), 9: pdfs.stream(b"[]")}
    return _pdf(more)


def _pdf(more: dict[int, bytes], **options: Any) -> Report:
    scene = Scene()
    return scene.verify(pdfs.write(pdfs.objects(canonical.dumps(scene.bundle())) | more, **options))


def _context(context: Any, subject: dict[str, Any]) -> Report:
    contexts = [foreign.CONTEXT, *(context if isinstance(context, list) else [context])]
    made: dict[str, Any] = {"@context": contexts, "type": ["VerifiableCredential"], "credentialSubject": subject}
    return Scene().verify(_over_rdf(made) or foreign.issue(**made), policy=VC)


def _over_rdf(changes: dict[str, Any]) -> bytes | None:
    """Signed over what the words mean, so that both must take them alike; None where they mean nothing."""
    made = {name: value for name, value in foreign.issue(**changes).items() if name != "proof"}
    method = f"{foreign.DID}#{foreign.ISSUER.multikey}"
    try:
        return RdfcSigner(foreign.ISSUER, method, created=CREATED, context=made["@context"]).sign(made)
    except FormatError:
        return None


@given("space")
def white_space_around_the_bundle() -> Report:
    scene = Scene()
    return scene.verify(pdfs.write(pdfs.objects(b" \x0b\n" + canonical.dumps(scene.bundle()) + b"\x0c")))


@given("space")
def a_file_in_the_file_after_a_space() -> Report:
    return Scene().verify(pdfs.write(pdfs.objects(b" %PDF-1.7")))


@given("pdf")
def a_second_attachment_that_the_trailer_names() -> Report:
    return _pdf({7: pdfs.stream(b"{}")}, trailer=b"/X << /F (bundle.json) /EF << /F 7 0 R >> >>")


@given("pdf")
def another_attachment_that_an_update_replaces() -> Report:
    scene = Scene()
    made = pdfs.objects(canonical.dumps(scene.bundle())) | {6: pdfs.filespec(b"(x)", 7), 7: pdfs.stream(b"1")}
    return scene.verify(pdfs.update(pdfs.write(made), {7: pdfs.stream(b"2")}))


def _badge(word: str) -> Report:
    scene = BadgeScene()
    scene.reissue(suites.JCS)
    made = scene.bundle()
    made["credential"]["credentialSubject"][word] = "1"
    return scene.verify(made)


def _summary(changes: dict[str, Any]) -> Report:
    scene = Scene()
    made: Any = canonical.loads(summaries.signed(scene))
    subject = made["credentialSubject"]
    for name, value in changes.items():
        next(one for one in (made, subject, subject["summary"]) if name in one)[name] = value
    return scene.verify(canonical.dumps(made))


def _website(changes: dict[str, str]) -> Report:
    made = foreign.issue(method="did:web:other.test#key-1", issuer="did:web:other.test")
    made["proof"] |= changes
    return Scene().verify(made, policy=VC)


def _issued_by(issuer: str) -> Report:
    made = {name: value for name, value in foreign.issue(issuer=issuer).items() if name != "proof"}
    signer = JcsSigner(HOLDER, f"{HOLDER_DID}#{HOLDER.multikey}", created=CREATED, context=made["@context"])
    return Scene().verify(signer.sign(made), policy=VC)


@given("words")
def a_badge_whose_issuer_has_no_url() -> Report:
    scene = BadgeScene()
    scene.reissue(suites.JCS, issuer=scene.unsigned()["issuer"] | {"id": "a/b"})
    return scene.verify()


@given("words")
def a_note_of_a_schema_that_is_no_text() -> Report:
    scene = Scene()
    made = scene.bundle()
    made["kind"]["schema"]["description"] = False
    return scene.verify(made)


@given("token")
def a_token_that_names_no_algorithm() -> Report:
    scene = TokenScene(JWT)
    head = base64url_encode(canonical.dumps({"kid": scene.key.method, "typ": "vc+jwt"}))
    return scene.verify_text(".".join([head, *scene.text.split(".")[1:]]))


@given("token")
def a_type_of_no_letters() -> Report:
    scene = TokenScene(JWT)
    scene.resign_payload({"typ": "application/"})
    return scene.verify()


@given("token")
def a_key_of_null_under_a_did_key() -> Report:
    claims = {"@context": [foreign.CONTEXT], "type": ["VerifiableCredential"], "credentialSubject": {"id": "urn:a:b"}}
    text = jws.sign({"kid": None, "typ": "vc+jwt"}, claims | {"issuer": WALLET_DID}, WALLET.secret)
    return Scene().verify(text.encode(), policy=VC)


@given("token")
def an_sd_jwt_where_a_jwt_belongs() -> Report:
    scene = TokenScene()
    made = scene.bundle()
    made["jwt"] = made.pop("sdJwt")
    return scene.verify(made)


@given("token")
def an_empty_disclosure_and_another_hash() -> Report:
    scene = TokenScene()
    scene.resign_payload(_sd_alg="md5")
    return scene.verify_text(scene.text + "~")


_register("words", _badge, {f"a_badge_with_{word.strip('_').lower()}": (word,) for word in WORDS})
_register("summary", _summary, {name: (changes,) for name, changes in SUMMARIES.items()})
_register("website", _website, {name: (changes,) for name, changes in WEBSITE.items()})
_register("no-did", _issued_by, {name: (issuer,) for name, issuer in ISSUERS.items()})
_register("space", _cosigned, {f"a_line_of_a_name_with_{name}": (letter,) for name, letter in LETTERS.items()})
_register("pdf-names", _attached, NAMES)
_register("pdf", _pdf, {name: (more,) for name, more in PDFS.items()})
_register("context", _context, CONTEXTS)
