"""Inputs of the kit as PDF: small files made by hand, good ones and those that two programs would read differently."""

from ledger.formats import canonical
from tests.support import pdfs
from tests.verifier.cases.inputs import Cases
from tests.worlds.scene import Scene
from verifier.report import Report

INPUTS = Cases()
given = INPUTS.case


def _objects(scene: Scene) -> dict[int, bytes]:
    return pdfs.objects(canonical.dumps(scene.bundle()))


@given("pdf")
def a_sheet() -> Report:
    return (scene := Scene()).verify(pdfs.write(_objects(scene)))


@given("pdf")
def a_sheet_with_object_streams() -> Report:
    scene = Scene()
    made = _objects(scene)
    inside = {number: made.pop(number) for number in (1, 2, 3, 4)}
    return scene.verify(pdfs.packed(made, inside))


@given("pdf")
def a_sheet_whose_record_was_altered() -> Report:
    scene = Scene()
    made = scene.bundle()
    made["credential"]["credentialSubject"]["name"] = "王"
    return scene.verify(pdfs.write(pdfs.objects(canonical.dumps(made))))


@given("pdf")
def an_update_that_leaves_the_attachment_alone() -> Report:
    scene = Scene()
    return scene.verify(pdfs.update(pdfs.write(_objects(scene)), {3: pdfs.PAGE}))


@given("pdf")
def the_only_attachment_under_another_name() -> Report:
    scene = Scene()
    made = _objects(scene) | {1: pdfs.CATALOG.replace(b"bundle.json", b"record"), 4: pdfs.filespec(b"(record)")}
    return scene.verify(pdfs.write(made))


@given("pdf")
def another_attachment_whose_name_is_the_same_after_nfkc() -> Report:
    """Full-width letters, a folder and capitals make no other name."""
    scene = Scene()
    name = b"<" + ("\ufeffx/\uff42undle.JSON").encode("utf-16-be").hex().encode() + b">"
    return scene.verify(pdfs.write(_objects(scene) | {6: pdfs.filespec(name, 7), 7: pdfs.stream(b"{}")}))


@given("pdf")
def two_names_of_one_attachment_with_two_files() -> Report:
    scene = Scene()
    spec = pdfs.filespec().replace(b"/UF 5 0 R", b"/UF 6 0 R")
    return scene.verify(pdfs.write(_objects(scene) | {4: spec, 6: pdfs.stream(b"{}")}))


@given("pdf")
def a_dictionary_with_a_name_twice() -> Report:
    scene = Scene()
    made = _objects(scene) | {4: pdfs.filespec().replace(b"/UF (", b"/F (x) /UF (")}
    return scene.verify(pdfs.write(made))


@given("pdf")
def an_end_that_the_last_one_does_not_know_of() -> Report:
    scene = Scene()
    other = pdfs.write(pdfs.objects(b"{}"))
    return scene.verify(pdfs.append(other, _objects(scene)))


@given("pdf")
def a_length_that_is_too_short() -> Report:
    scene = Scene()
    bundle = canonical.dumps(scene.bundle())
    return scene.verify(pdfs.write(_objects(scene) | {5: pdfs.stream(bundle, length=100)}))
