"""What the routes of the roads by hand take and give. The repr of none shows a patient."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from kazasu.gateway import Result
from kazasu.inquiries.pasting import Pasted
from kazasu.inquiries.schemas import InquiryView, inquiry_view
from kazasu.inquiries.tasks import Task, TaskFields, TaskWay
from kazasu.rules import InquiryKey, Say

__all__ = ["PastedText", "PastedView", "TaskPage", "TaskView", "pasted_view", "task_views"]


class PastedText(msgspec.Struct, frozen=True):
    """What the app copied, as it was pasted."""

    text: Annotated[str, Meta(min_length=1, max_length=20_000)]

    def __repr__(self) -> str:
        return "<PastedText>"


class SoftFaultView(msgspec.Struct, frozen=True):
    """Something in the text that was left out of the answer; `label` is the app's own word."""

    label: str
    why: str
    say: Say


class PastedView(msgspec.Struct, frozen=True):
    """What became of the text. Differences from the check's person are holds of the check."""

    inquiry: InquiryView
    result: Result
    left_out: list[SoftFaultView]
    unknown_labels: list[str]

    def __repr__(self) -> str:
        return "<PastedView>"


class TaskView(msgspec.Struct, frozen=True):
    """One inquiry that a person has to make; the result goes to `POST /inquiries/{id}/answer`, or, for `app`, to
    `POST /checks/{check}/app-text`."""

    inquiry: str
    check: str
    key: InquiryKey
    way: TaskWay
    say: Say
    checked_on: date
    made_at: datetime
    fields: TaskFields

    def __repr__(self) -> str:
        return f"<TaskView {self.inquiry}>"


class TaskPage(msgspec.Struct, frozen=True):
    """Some tasks, and the cursor of the next ones."""

    items: list[TaskView]
    next: str | None


def pasted_view(pasted: Pasted) -> PastedView:
    """What became of the text, as shown."""
    return PastedView(
        inquiry_view(pasted.inquiry),
        pasted.result,
        [SoftFaultView(fault.label, fault.why, fault.say) for fault in pasted.faults],
        list(pasted.unknown_labels),
    )


def task_views(tasks: Iterable[Task]) -> list[TaskView]:
    """The tasks as shown."""
    return [
        TaskView(
            task.inquiry.id,
            task.inquiry.check,
            task.inquiry.key,
            task.way,
            task.say,
            task.checked_on,
            task.inquiry.made_at,
            task.fields,
        )
        for task in tasks
    ]
