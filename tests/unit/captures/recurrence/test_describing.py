"""Expressions in plain words."""

import pytest
from hypothesis import given

from captures.recurrence import BadExpression, describe
from tests.unit.captures.recurrence import oracle
from tests.unit.captures.recurrence.oracle import DrawnCron

BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("cron(0/10 9-17 ? * MON-FRI *)", "Every 10 minutes on weekdays, 9:00 to 17:59, Berlin time"),
        ("cron(0 9 * * ? *)", "At 9:00 every day, Berlin time"),
        ("cron(0,30 9,17 ? * MON,THU *)", "At 9:00, 9:30, 17:00 and 17:30 on Mondays and Thursdays, Berlin time"),
        ("cron(0 9 ? * 1,7 *)", "At 9:00 at weekends, Berlin time"),
        ("cron(0 9 ? * SUN,MON *)", "At 9:00 on Mondays and Sundays, Berlin time"),
        ("cron(* * * * ? *)", "Every minute, Berlin time"),
        ("cron(* * ? * * *)", "Every minute, Berlin time"),
        ("cron(0 * * * ? *)", "Every hour, Berlin time"),
        ("cron(15 * * * ? *)", "Every hour at 15 past, Berlin time"),
        ("cron(0 */2 * * ? *)", "Every 2 hours from 0:00, Berlin time"),
        ("cron(0 8-18 ? * MON-FRI *)", "Every hour on weekdays, 8:00 to 18:00, Berlin time"),
        ("cron(0 1,2,3,5,8,13,21 * * ? *)", "At 1:00, 2:00, 3:00, 5:00, 8:00, 13:00 and 21:00 every day, Berlin time"),
        ("cron(5/15 * * * ? *)", "Every 15 minutes from 5 past the hour, Berlin time"),
        ("cron(0,5 * * * ? *)", "At 0 and 5 past the hour, Berlin time"),
        ("cron(0-4 * * * ? *)", "Every minute from 0 to 4 past the hour, Berlin time"),
        ("cron(*/5 0-3,22,23 * * ? *)", "Every 5 minutes, 0:00 to 3:59 and 22:00 to 23:59, Berlin time"),
        ("cron(0 9 1,15 * ? *)", "At 9:00 on the 1st and 15th of the month, Berlin time"),
        ("cron(0 9 11-13 * ? *)", "At 9:00 on the 11th to the 13th of the month, Berlin time"),
        ("cron(0 9 L * ? *)", "At 9:00 on the last day of the month, Berlin time"),
        ("cron(0 9 L-3 * ? *)", "At 9:00 on the day that is 3 before the last of the month, Berlin time"),
        ("cron(0 9 15W * ? *)", "At 9:00 on the weekday nearest the 15th of the month, Berlin time"),
        ("cron(0 9 LW * ? *)", "At 9:00 on the last weekday of the month, Berlin time"),
        ("cron(0 9 ? * 3#2 *)", "At 9:00 on the second Tuesday of the month, Berlin time"),
        ("cron(15 10 ? * 6L 2022-2023)", "At 10:15 on the last Friday of the month, in 2022 and 2023, Berlin time"),
        ("cron(0 9 * JUN-AUG ? *)", "At 9:00 every day, from June to August, Berlin time"),
        ("cron(0 9 1 1 ? 2030-2040)", "At 9:00 on the 1st of the month, in January, from 2030 to 2040, Berlin time"),
        (
            "cron(0 9 1 1 ? */4)",
            "At 9:00 on the 1st of the month, in January, in 1970, 1974, 1978 and so on, Berlin time",
        ),
        ("rate(1 minute)", "Every minute"),
        ("rate(5 minutes)", "Every 5 minutes"),
        ("rate(1 days)", "Every day"),
        ("at(2027-03-01T09:05:00)", "Once, on 1 March 2027 at 9:05, Berlin time"),
        ("at(2027-03-01T09:05:30)", "Once, on 1 March 2027 at 9:05:30, Berlin time"),
    ],
)
def test_in_words(expression: str, words: str) -> None:
    assert describe(expression, BERLIN) == words


@pytest.mark.parametrize(
    ("timezone", "told"),
    [
        ("UTC", "UTC"),
        ("Etc/GMT+3", "Etc/GMT+3"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires time"),
        ("Australia/Lord_Howe", "Lord Howe time"),
    ],
)
def test_zones_in_words(timezone: str, told: str) -> None:
    assert describe("cron(0 9 * * ? *)", timezone) == f"At 9:00 every day, {told}"


@given(oracle.crons())
def test_everything_that_can_be_read_can_be_told(drawn: DrawnCron) -> None:
    words = describe(drawn.text, BERLIN)
    assert words[0].isupper()
    assert "  " not in words
    assert ", ," not in words


def test_what_cannot_be_read_cannot_be_told() -> None:
    with pytest.raises(BadExpression):
        describe("cron(75 9 * * ? *)", BERLIN)
