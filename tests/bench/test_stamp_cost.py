from __future__ import annotations

import pytest

from tests.bench.stamp_cost import RUNGS, Pair, Switch
from tests.lab.requirements import require_network
from tests.lab.tun import lab_network
from tests.probe.listening import listening
from tests.probe.rungs import Rung, open_inside


@pytest.mark.network
@pytest.mark.trio
@pytest.mark.parametrize("rung", RUNGS, ids=lambda rung: rung.label)
async def test_the_benchmark_compares_probes_that_are_stamped_with_those_that_are_not(
    rung: Rung,
) -> None:
    require_network()
    with lab_network("straight12") as lab:
        lab.allow_ping_sockets(True)
        transport = open_inside(lab.namespace, rung, lab.destination).transport
        switch = Switch(transport)
        async with listening(transport) as ear:
            for key in range(6):
                switch.set(key % 2 == 0)
                await ear.send(1, key)
                await ear.until_answered([key])
        assert list(ear.stamps) == [0, 2, 4]
        assert [answer.is_kernel_stamped for answer in ear.answers] == [True] * 6


def test_the_cost_of_a_stamp_is_the_difference_of_a_pair() -> None:
    assert Pair(stamped=25.5, unstamped=19.0).cost == 6.5
