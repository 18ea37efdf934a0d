from __future__ import annotations

from ipaddress import ip_address

import pytest

from poros_tui.model.path_history import PATHS_MAX, PathHistory
from poros_tui.model.watching.rounds import ROUNDS_KEPT, Sight
from tests.model.watching.made_rounds import DESTINATION, Maker

A, B, D = ip_address("10.0.1.1"), ip_address("10.0.1.9"), ip_address(DESTINATION)
OLD = {1: (A,), 2: (D,)}
NEW = {1: (B,), 2: (D,)}


class Story:
    """A history fed by rounds one second apart."""

    def __init__(self) -> None:
        self.history = PathHistory()
        self.maker = Maker()

    def pass_rounds(self, count: int, rtt_ms: float = 10.0, *, is_lost: bool = False) -> None:
        for _ in range(count):
            end = None if is_lost else (DESTINATION, 2 * rtt_ms)
            self.history.add(self.maker.round(rtt_ms, end))


def test_before_the_first_round_no_path_is_known() -> None:
    history = PathHistory()
    assert history.paths() == ()
    assert history.at(5.0) is None


def test_the_path_that_is_there_now_has_the_figures_until_now() -> None:
    story = Story()
    story.history.show(OLD)
    story.pass_rounds(3)
    story.pass_rounds(1, is_lost=True)
    (path,) = story.history.paths()
    assert (path.number, path.from_s, path.to_s, path.words) == (1, 0.0, None, "the session began")
    assert [hop.responders for hop in path.hops] == [(A,), (D,)]
    end = path.hops[1].figures
    assert (end.sent, end.answered, end.lost) == (4, 3, 1)
    assert (end.best_s, end.timed) == (pytest.approx(0.02), 3)
    assert path.responders == {A, D}


def test_what_is_noticed_late_parts_the_figures_where_it_happened() -> None:
    story = Story()
    story.history.show(OLD)
    story.pass_rounds(20, 10.0)
    story.pass_rounds(6, 30.0)
    story.history.change(Sight(20, 20.0), "another way")
    story.history.show(NEW)
    story.pass_rounds(4, 30.0)
    first, second = story.history.paths()
    assert (first.from_s, first.to_s, second.from_s, second.to_s) == (0.0, 20.0, 20.0, None)
    assert (second.number, second.words) == (2, "another way")
    for path, who, sent, rtt_s in ((first, A, 20, 0.01), (second, B, 10, 0.03)):
        hop = path.hops[0]
        assert hop.responders == (who,)
        assert (hop.figures.sent, hop.figures.timed) == (sent, sent)
        assert hop.figures.best_s == hop.figures.worst_s == pytest.approx(rtt_s)
        assert hop.figures.mean_s == pytest.approx(rtt_s)


def test_a_path_longer_than_what_is_kept_apart_counts_all_its_rounds() -> None:
    story = Story()
    story.history.show(OLD)
    story.pass_rounds(ROUNDS_KEPT * 3)
    story.history.change(Sight(ROUNDS_KEPT * 3 - 5, 1000.0), "another way")
    first, second = story.history.paths()
    assert first.hops[0].figures.sent == ROUNDS_KEPT * 3 - 5
    assert second.hops[0].figures.sent == 5


def test_a_past_figure_does_not_change_any_more() -> None:
    story = Story()
    story.history.show(OLD)
    story.pass_rounds(3)
    (before,) = story.history.paths()
    story.pass_rounds(3, 90.0)
    assert before.hops[0].figures.sent == 3
    assert before.hops[0].figures.worst_s == pytest.approx(0.01)


def test_any_past_moment_has_its_path() -> None:
    story = Story()
    story.history.show(OLD)
    story.pass_rounds(10)
    story.history.change(Sight(5, 5.0), "another way")
    story.history.show(NEW)
    for time_s, number in ((-1.0, None), (0.0, 1), (4.9, 1), (5.0, 2), (1000.0, 2)):
        path = story.history.at(time_s)
        assert (path.number if path is not None else None) == number


def test_what_happened_before_the_change_that_was_noticed_first_is_said_with_it() -> None:
    story = Story()
    story.history.show(OLD)
    story.pass_rounds(10)
    story.history.change(Sight(5, 5.0), "one")
    story.history.change(Sight(4, 4.0), "another")
    assert [(path.from_s, path.words) for path in story.history.paths()] == [
        (0.0, "the session began"),
        (5.0, "one; another"),
    ]


def test_a_new_beginning_is_a_path_of_its_own() -> None:
    story = Story()
    story.history.show(OLD)
    story.pass_rounds(4)
    story.history.restart(4.5, "probing with UDP")
    (past,) = story.history.paths()
    assert (past.to_s, past.hops[0].figures.sent) == (4.5, 4)
    assert story.history.at(4.7) is None
    story.history.show(NEW)
    story.pass_rounds(2)
    _, path = story.history.paths()
    assert (path.number, path.words, path.from_s) == (2, "probing with UDP", 4.0)
    assert path.hops[0].figures.sent == 2


def test_the_oldest_paths_go_first() -> None:
    story = Story()
    story.history.show(OLD)
    for number in range(PATHS_MAX + 10):
        story.pass_rounds(1)
        story.history.change(Sight(number + 1, number + 1.0), "another way")
    paths = story.history.paths()
    assert len(paths) == PATHS_MAX
    assert [path.number for path in paths] == list(range(12, PATHS_MAX + 12))
