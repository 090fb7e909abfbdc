"""A worker goes on when its broker did not hear that a message is done with."""

import os
import signal

import pytest
import redis
from kombu import Connection, Consumer, Producer, Queue

from config import acknowledging
from config.broker import PrivateBroker

pytestmark = pytest.mark.server
QUEUE = Queue("work")
PATIENCE = 120


@pytest.fixture
def broker(tmp_path):
    broker = PrivateBroker(tmp_path / "broker")
    with broker.running():
        yield broker


def test_a_lost_acknowledgement_leaves_room_for_the_next_message(broker):
    acknowledging.install()
    server, got = broker.server_pid(), []
    with Connection(broker.url, transport_options={"socket_timeout": 0.3}) as connection:
        for number in (1, 2):
            Producer(connection).publish(number, routing_key=QUEUE.name, declare=[QUEUE])
        consumer = Consumer(connection.channel(), [QUEUE], on_message=got.append)
        consumer.qos(prefetch_count=1)
        with consumer:
            connection.drain_events(timeout=PATIENCE)
            os.kill(server, signal.SIGSTOP)
            try:
                with pytest.raises(redis.TimeoutError):
                    got[0].ack()
            finally:
                os.kill(server, signal.SIGCONT)
            connection.drain_events(timeout=PATIENCE)
    assert [message.payload for message in got] == [1, 2]
