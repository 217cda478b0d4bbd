"""The Open University Learning Analytics Dataset as records: real, anonymised results of seven modules.

Kuzilek, Hlosta, Zdrahal: Open University Learning Analytics dataset, Scientific Data 4:170171 (2017), CC BY 4.0. The
files are read where they are. Only what a result is made of goes into records: gender, region, deprivation band, age,
disability and schooling stay behind.

Each row of studentInfo.csv becomes a result, with the marks of its assessments; Pass and Distinction also earn a credit
entry; each student gets one transcript over all presentations. Empty scores are left out: missing is not zero.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from issuers.importers.drafts import Draft

FILES = ("studentInfo.csv", "studentAssessment.csv", "assessments.csv")
EARNING = frozenset({"Pass", "Distinction"})
SOURCE = "The Open University"

Presentation = tuple[str, str]
"""Module and presentation, such as ("AAA", "2013J")."""


@dataclass(frozen=True, slots=True)
class Oulad:
    """The folder of the dataset; ``only`` some presentations, or all where it is empty."""

    folder: Path
    only: frozenset[Presentation] = frozenset()

    @staticmethod
    def is_in(folder: Path) -> bool:
        """Whether the folder holds the files that are read here."""
        return all((folder / name).is_file() for name in FILES)

    def results(self) -> Iterator[Draft]:
        """One draft of the kind ``result`` for each row of studentInfo.csv, in its order."""
        assessments = self._assessments()
        for row in self._students():
            result: dict[str, Any] = {
                "code": row["code_module"],
                "term": row["code_presentation"],
                "outcome": row["final_result"],
                "credits": row["studied_credits"],
                "attempts": int(row["num_of_prev_attempts"]),
            }
            taken = assessments.get((row["id_student"], row["code_module"], row["code_presentation"]))
            if taken:
                result["assessments"] = taken
            yield Draft({"identifier": row["id_student"], "result": result})

    def credit_entries(self) -> Iterator[Draft]:
        """One draft of the kind ``credit-entry`` for each Pass or Distinction."""
        for row in self._students():
            if row["final_result"] in EARNING:
                entry = {
                    "code": row["code_module"],
                    "achievement": f"Module {row['code_module']}",
                    "source": SOURCE,
                    "term": row["code_presentation"],
                    "credits": row["studied_credits"],
                    "grade": row["final_result"],
                }
                yield Draft({"identifier": row["id_student"], "creditEntry": entry})

    def transcripts(self) -> Iterator[Draft]:
        """One draft of the kind ``transcript`` for each student, in the order in which they first appear."""
        courses: dict[str, list[dict[str, str]]] = defaultdict(list)
        for row in self._students():
            course = {
                "code": row["code_module"],
                "term": row["code_presentation"],
                "credits": row["studied_credits"],
                "grade": row["final_result"],
            }
            courses[row["id_student"]].append(course)
        for student, taken in courses.items():
            yield Draft({"identifier": student, "transcript": {"courses": taken}})

    def kinds(self) -> Sequence[tuple[str, Iterator[Draft]]]:
        """Kinds with their drafts, as they are issued."""
        return [
            ("result", self.results()),
            ("credit-entry", self.credit_entries()),
            ("transcript", self.transcripts()),
        ]

    def _students(self) -> Iterator[dict[str, str]]:
        for row in self._rows("studentInfo.csv"):
            if not self.only or (row["code_module"], row["code_presentation"]) in self.only:
                yield row

    def _assessments(self) -> dict[tuple[str, str, str], list[dict[str, str]]]:
        """What each student took in each presentation, in the order of the files."""
        known = {row["id_assessment"]: row for row in self._rows("assessments.csv")}
        taken: dict[tuple[str, str, str], list[dict[str, str]]] = defaultdict(list)
        for row in self._rows("studentAssessment.csv"):
            about = known[row["id_assessment"]]
            module, presentation = about["code_module"], about["code_presentation"]
            if self.only and (module, presentation) not in self.only:
                continue
            item = {"code": row["id_assessment"], "method": about["assessment_type"], "weight": about["weight"]}
            if row["score"]:
                item["mark"] = row["score"]
            taken[row["id_student"], module, presentation].append(item)
        return taken

    def _rows(self, name: str) -> Iterator[dict[str, str]]:
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file, strict=True)
