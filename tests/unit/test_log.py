"""Logs: one JSON object a line, tied together by ids, and nothing in them that a database put in an error."""

import json
from typing import Any

import pytest

from darkroom import log, metrics


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_an_object_with_what_was_bound(capsys: pytest.CaptureFixture[str]) -> None:
    with log.context(request_id="r-1"):
        log.bind(user_id="u-1")
        log.info("accounts.signed_in", attempts=2)
        log.bind(user_id=None)
        log.warning("accounts.slow")
        assert log.bound("request_id") == "r-1"
    log.error("outside")
    first, second, third = lines(capsys)
    assert first == {
        "at": first["at"],
        "level": "INFO",
        "event": "accounts.signed_in",
        "request_id": "r-1",
        "user_id": "u-1",
        "attempts": 2,
    }
    assert first["at"].endswith("Z")
    assert "user_id" not in second
    assert (third["level"], "request_id" in third) == ("ERROR", False)


def test_contexts_nest_and_end(capsys: pytest.CaptureFixture[str]) -> None:
    with log.context(correlation_id="outer"):
        with log.context(correlation_id="inner"):
            log.bind(more=1)
        log.info("back")
    assert lines(capsys)[0]["correlation_id"] == "outer"


def test_a_line_break_in_a_value_stays_in_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    log.info("x", name='two\nlines "quoted"', odd=object())
    assert lines(capsys)[0]["name"] == 'two\nlines "quoted"'


def test_an_exception_has_its_stack_and_only_the_first_line_of_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError("duplicate key\nDETAIL: Key (email)=(a@b.c) already exists.")
    except ValueError as failure:
        log.exception("db.failed", failure)
    (line,) = lines(capsys)
    assert (line["error"], line["message"]) == ("ValueError", "duplicate key")
    assert "test_log.py" in line["stack"][-1]
    assert "a@b.c" not in json.dumps(line)


def test_a_metric_is_a_line_of_the_embedded_format(capsys: pytest.CaptureFixture[str]) -> None:
    metrics.put("MailsSent", 3, queue="mail")
    line = json.loads(capsys.readouterr().out)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive == {
        "Namespace": "Darkroom",
        "Dimensions": [["Stage"], ["Stage", "queue"]],
        "Metrics": [{"Name": "MailsSent", "Unit": "Count"}],
    }
    assert (line["MailsSent"], line["Stage"], line["queue"]) == (3, "local", "mail")
    assert line["_aws"]["Timestamp"] > 1_600_000_000_000
