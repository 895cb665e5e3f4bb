from __future__ import annotations

import pytest

from rft_cli.spec.coverage import STATEMENT_IDS, STATEMENTS, Citation, citations, statement

GUIDE = [
    *("LR1", "LR2", "LR3", "LR4", "LR5", "LR6"),
    *("EP1", "EP2", "EP3", "EP4", "EP5", "EP6", "EP7"),
    *("RK1", "RK2", "RK3", "RK4", "RK5", "RK6", "RK7"),
    *("BS1", "BS2", "BS3", "BS4", "BS5"),
    *("TE1", "TE2", "TE3", "TE4", "TE5", "TE6", "TE7"),
    *("TP1", "TP2", "TP3"),
    *("TK1", "TK2", "TK3", "TK4"),
    *("NR1", "NR2", "NR3", "NR4", "NR5"),
    *("MT1", "MT2", "MT3", "MT4", "MT5"),
    *("IN1", "IN2", "IN3"),
    *("ST1", "ST2", "ST3", "ST4", "ST5"),
    *("GO1", "GO2", "GO3", "GO4", "GO5", "GO6", "GO7"),
]

KINDS = {
    "spec",
    "rule",
    "symptom",
    "playbook",
    "goal",
    "schedule",
    "estimate",
    "guard",
    "command",
    "ledger",
    "explain",
}


def test_the_table_has_each_statement_of_the_guide_once() -> None:
    assert list(STATEMENT_IDS) == GUIDE
    assert len(STATEMENTS) == len(GUIDE)


def test_no_table_cites_an_unknown_statement() -> None:
    assert set(citations()) - set(GUIDE) == set()


def test_each_statement_that_acts_is_cited_by_a_table() -> None:
    cited = citations()
    assert [entry.id for entry in STATEMENTS if not entry.is_open and entry.id not in cited] == []


def test_each_statement_that_acts_as_a_rule_is_cited_by_a_code() -> None:
    cited = citations()
    rules = [entry.id for entry in STATEMENTS if "rule" in entry.where and not entry.is_open]
    assert [id_ for id_ in rules if not any(row.kind == "code" for row in cited[id_])] == []


def test_an_open_statement_says_what_it_waits_for() -> None:
    assert [entry.id for entry in STATEMENTS if entry.is_open and not entry.opens_with] == []


def test_each_statement_says_where_it_acts_in_known_words() -> None:
    assert [entry.id for entry in STATEMENTS if not entry.where or not set(entry.where) <= KINDS] == []


def test_a_statement_that_is_only_explained_says_why_it_cannot_be_checked() -> None:
    assert [entry.id for entry in STATEMENTS if (entry.where == ("explain",)) != bool(entry.note)] == []


def test_a_statement_is_a_sentence() -> None:
    assert [entry.id for entry in STATEMENTS if not entry.statement.endswith(".")] == []


def test_who_cites_a_statement() -> None:
    assert Citation("parameter", "training.learning_rate") in citations()["LR1"]
    assert Citation("code", "RFT101") in citations()["LR1"]
    assert Citation("goal", "safer") in citations()["GO3"]


def test_a_statement_is_found_by_its_id() -> None:
    assert statement("TE4").statement == "Above 1.2 answers may become incoherent."
    with pytest.raises(KeyError):
        statement("TE9")
