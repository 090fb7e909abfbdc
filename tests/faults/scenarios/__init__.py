"""All scenarios, in the order in which they are played."""

from tests.faults import frozen_broker
from tests.faults.scenarios import (
    _broker,
    _disks,
    _editors,
    _messages,
    _s3,
    _stopping,
    _web,
    _workers,
)
from tests.faults.trial import Scenario

SCENARIOS: tuple[Scenario, ...] = (
    *_workers.SCENARIOS,
    *_broker.SCENARIOS,
    *_web.SCENARIOS,
    *_disks.SCENARIOS,
    *_messages.SCENARIOS,
    *_s3.SCENARIOS,
    *_stopping.SCENARIOS,
    *_editors.SCENARIOS,
    Scenario(
        name="frozen-broker-latency",
        title="uploads with the broker frozen",
        play=frozen_broker.measure,
        is_figure=True,
    ),
)
