"""Keeps a worker at work whose broker did not hear that a message is done with.

Kombu frees the place of a message once the broker has taken the acknowledgement. Where that fails,
for example because the broker stands still for some seconds, the place stays taken until the worker
ends; once all are, it waits for messages that it does not ask for.
"""

from typing import Any

from kombu.transport import redis, virtual


class FreeingQoS(redis.QoS):
    """Frees the place of every message that is done with, whatever the broker has heard of it.

    The broker may deliver it once more, which does no harm: the run says that it is done.
    """

    def ack(self, delivery_tag: Any) -> None:
        try:
            super().ack(delivery_tag)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise


def install() -> None:
    """Has every connection that is made from now on free its places."""
    redis.Channel.QoS = FreeingQoS
