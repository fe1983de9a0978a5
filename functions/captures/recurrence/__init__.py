"""When a schedule fires: EventBridge Scheduler's own `rate(...)`, `cron(...)` and `at(...)` in a named time zone.

Pure: no clock, no I/O. What Scheduler documents is followed to the letter, because it is Scheduler that fires while the
agent and the web app only show and remember what this package has worked out
(https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html). Where its documentation is silent, what it
might refuse is refused here, with a reason: a schedule that is taken and then never fires is the worst of all.
"""

from captures.recurrence.describing import describe
from captures.recurrence.errors import BadExpression
from captures.recurrence.parsing import parse
from captures.recurrence.timetable import Recurrence

__all__ = ["BadExpression", "Recurrence", "describe", "parse"]
