from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rft_cli.config.secrets import find_secrets, masked, secret_location, without_secrets
from rft_cli.diagnostics import Edit, Finding, Fix, Location, Severity
from rft_cli.rules.secrets import MOST_IN_A_FILE, secrets_in

HEXADECIMAL = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"
"""Forty digits, as some services issue them; made up."""
BASE_62 = "q7Xw2Lz9Kd4Rt8Vb1Nc6Mf3Hj5Pg0Ys2"
"""Thirty-two characters; made up."""


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("x: sk-notreal-notreal-0", "sk-notreal-notreal-0"),
        ("x: sk-proj-AbCdEfGhIjKl_0123", "sk-proj-AbCdEfGhIjKl_0123"),
        ("x: sk-ant-api03-notrealnotreal", "sk-ant-api03-notrealnotreal"),
        ("x: hf_abcdefghijklmnop", "hf_abcdefghijklmnop"),
        ("x: fw_3ZabcdefghijklmnopQR", "fw_3ZabcdefghijklmnopQR"),
        ("x: wandb_v1_0123456789abcdef", "wandb_v1_0123456789abcdef"),
        ("x: ghp_0123456789abcdefghij", "ghp_0123456789abcdefghij"),
        ("x: gho_0123456789abcdefghij", "gho_0123456789abcdefghij"),
        ("x: ghs_0123456789abcdefghij", "ghs_0123456789abcdefghij"),
        ("x: github_pat_0123456789abcdefghij", "github_pat_0123456789abcdefghij"),
        ("x: glpat-0123456789abcdef", "glpat-0123456789abcdef"),
        ("x: xoxb-0123456789a", "xoxb-0123456789a"),
        ("x: AKIA0123456789ABCDEF", "AKIA0123456789ABCDEF"),
        (f"x: AIza{'a1' * 17}b", f"AIza{'a1' * 17}b"),
        ("x: eyJhbGciOiJI.eyJzdWIiOiIw.c2ln", "eyJhbGciOiJI.eyJzdWIiOiIw.c2ln"),
        ("# -----BEGIN RSA PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----"),
        ("# Bearer notreal1", "notreal1"),
        ("x: [https://user:pass@host/path]", "user:pass"),
        (f"wandb: {HEXADECIMAL}", HEXADECIMAL),
        (f"x: {HEXADECIMAL.upper()}", HEXADECIMAL.upper()),
        (f"x: {BASE_62}", BASE_62),
        (f"x: {BASE_62}==", f"{BASE_62}=="),
        ("api_key: abcdef", "abcdef"),
        ("OPENAI_API_KEY=abcdef", "abcdef"),
        ("x: {api-key: abcdef, n: 1}", "abcdef"),
        ('"secret" : "abcdef"', "abcdef"),
        ("passwd: abc#def", "abc"[:0]),
        ("password: correct-horse", "correct-horse"),
        ("access_token: abcdef", "abcdef"),
        ("token: abcdef", "abcdef"),
        ("# password: hunter22", "hunter22"),
    ],
)
def test_a_secret_is_found_where_it_stands(text: str, secret: str) -> None:
    assert [text[start:end] for start, end in find_secrets(text)] == ([secret] if secret else [])


@pytest.mark.parametrize(
    "text",
    [
        "max_tokens: 16384",
        "max_token: 1638400",
        "pad_token: endoftext",
        "tokenizer: abcdefgh",
        "env: [OPENAI_API_KEY, HF_TOKEN]",
        "api_key: OPENAI_API_KEY",
        "api_key: $OPENAI_API_KEY",
        "api_key: ${{ secrets.KEY }}",
        "api_key: <your key>",
        "api_key: your-key-here",
        "api_key: my_example-1",
        "api_key: xxxxxxxx",
        "api_key: *anchor",
        "password: ./secrets/file",
        "secret: ~/.netrc",
        "secret: abcde",
        "# password: something else",
        "# the Bearer of good news",
        "task-specific-something-long-1",
        "sk-learn-something-like-that",
        "x: sk-0123456789abcde",
        "x: hf_0123456789abcde",
        "x: fw_0123456789abcde",
        "accounts/fireworks/models/qwen3-235b-a22b-instruct-2507",
        "Qwen3_30B_A3B_Instruct_2507_lora16_v2_once_more",
        "aCamelCaseNameThatIsReallyQuiteLongIndeedAsSomeAre",
        "pneumonoultramicroscopicsilicovolcanoconiosis",
        "00000000000000000000000000000000",
        f"revision: {HEXADECIMAL}",
        f"# commit {HEXADECIMAL}",
        f"sha256: {HEXADECIMAL}",
        f"x: sha256:{HEXADECIMAL}",
        f"x: {HEXADECIMAL[:31]}",
        f"x: {BASE_62[:31]}",
        "x: https://host:8080/path",
        "x: me@example.org",
    ],
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert find_secrets(text) == ()


def test_secrets_that_overlap_are_one() -> None:
    text = f"api_key: sk-{BASE_62}-more"
    assert [text[start:end] for start, end in find_secrets(text)] == [f"sk-{BASE_62}-more"]


def test_several_secrets_come_in_order() -> None:
    text = f"token: abcdef\nx: {HEXADECIMAL}\ny: hf_abcdefghijklmnop\n"
    assert [text[start:end] for start, end in find_secrets(text)] == [
        "abcdef",
        HEXADECIMAL,
        "hf_abcdefghijklmnop",
    ]


def test_a_masked_text_keeps_its_lines_and_columns() -> None:
    text = "a: 1\r\napi_key: abcdef # end\r\n"
    assert masked(text) == "a: 1\r\napi_key: ****** # end\r\n"


@given(st.text(st.sampled_from("ab01_-:/ =\n\"'#")) | st.text())
def test_masking_hides_everything_and_moves_nothing(text: str) -> None:
    hidden = masked(text)
    assert len(hidden) == len(text)
    assert all(text[start:end] not in hidden[start:end] for start, end in find_secrets(text))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("api_key: abcdef", (1, 10, 16)),
        ("a: 1\r\nb: 2\rc: 3\n  api_key: abcdef\n", (4, 12, 18)),
    ],
)
def test_a_secret_is_located_by_line_and_column(text: str, place: tuple[int, int, int]) -> None:
    [secret] = find_secrets(text)
    assert secret_location("run.yaml", text, secret) == Location("run.yaml", *place)


def test_findings_repeat_no_secret_whole_or_shortened() -> None:
    text = f"token: {HEXADECIMAL}"
    finding = Finding(
        "RFT101",
        Severity.ERROR,
        Location("run.yaml"),
        f"{HEXADECIMAL} is no number, nor is {HEXADECIMAL[:20]}…",
        f"write 1 for {HEXADECIMAL}",
        f"training.{HEXADECIMAL}",
        fix=Fix(f"write 1 for {HEXADECIMAL[:39]}…", safe=False, edits=()),
    )
    [told] = without_secrets([finding], [text])
    assert told.message == f"{'*' * 40} is no number, nor is {'*' * 20}…"
    assert told.help == f"write 1 for {'*' * 40}"
    assert told.parameter == f"training.{'*' * 40}"
    assert told.fix == Fix(f"write 1 for {'*' * 39}…", safe=False, edits=())


def test_findings_about_texts_without_secrets_stay() -> None:
    finding = Finding("RFT101", Severity.ERROR, Location("run.yaml"), "7 is no number…", "write 1")
    assert without_secrets([finding], ["seven: 7"]) == [finding]


def test_an_edit_that_would_write_the_secret_again_is_not_offered() -> None:
    fix = Fix("write it in small letters", safe=False, edits=(Edit(0, 1, "sk-notreal-notreal-0"),))
    finding = Finding(
        "RFT022", Severity.ERROR, Location("run.yaml"), "SK-NOTREAL-NOTREAL-0 is no name", fix=fix
    )
    [told] = without_secrets([finding], ["x: sk-notreal-notreal-0"])
    assert (told.message, told.fix) == (f"{'*' * 20} is no name", None)


def test_a_file_full_of_secrets_is_told_in_part_and_masked_in_whole() -> None:
    text = "token: abcdef\n" * 1_000
    assert len(list(secrets_in("run.yaml", text))) == MOST_IN_A_FILE
    assert masked(text) == "token: ******\n" * 1_000


@pytest.mark.parametrize(("kept", "shown"), [(4, "****…"), (3, f"{HEXADECIMAL[:3]}…")])
def test_a_rest_of_four_characters_is_hidden(kept: int, shown: str) -> None:
    message = f"{HEXADECIMAL[:kept]}…"
    finding = Finding("RFT101", Severity.ERROR, Location("run.yaml"), message)
    assert without_secrets([finding], [f"token: {HEXADECIMAL}"])[0].message == shown


@pytest.mark.parametrize(
    ("run", "is_found"),
    [
        (f"aB1aB2{'c' * 26}", False),
        (f"aB1aB2aB{'c' * 24}", True),
        (f"aB1aBaBaB{'c' * 23}", False),
        (f"aBaBaBa12{'c' * 23}", True),
        (f"AbAbAbAb1{'C' * 22}2", True),
    ],
)
def test_random_text_changes_often_and_has_digits(run: str, is_found: bool) -> None:
    assert len(run) == 32
    assert bool(find_secrets(f"x: {run}")) is is_found


def test_a_secret_behind_two_that_overlap_is_found() -> None:
    text = f"api_key: sk-{BASE_62}-more\nx: hf_abcdefghijklmnop\n"
    assert [text[start:end] for start, end in find_secrets(text)] == [
        f"sk-{BASE_62}-more",
        "hf_abcdefghijklmnop",
    ]


def test_of_a_secret_that_begins_with_another_nothing_is_left() -> None:
    finding = Finding("RFT101", Severity.ERROR, Location("run.yaml"), "abcdefgh is no number")
    [told] = without_secrets([finding], ["token: abcdef\npassword: abcdefgh\n"])
    assert told.message == "******** is no number"
