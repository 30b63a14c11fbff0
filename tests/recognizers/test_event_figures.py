"""Events of whole clips, counted."""

from __future__ import annotations

import math

import pytest

from recognizers.event_figures import EventCounter, most_likely_at_most
from tests.recognizers import tiny_bundles as tiny
from tests.recognizers.test_evaluate import clip


def counted(*clips: object) -> dict[str, object]:
    counter = EventCounter(tiny.still_bundle())
    for each in clips:
        counter.add(each)
    return counter.figures()


def test_hits_misses_and_others() -> None:
    found = counted(clip("palm", "palm", frames=30), clip("palm", "fist", frames=30), clip("fist", None, frames=30))
    signs = found["signs"]
    assert (signs["clips"], signs["hits"], signs["misses"], signs["doubles"], signs["others"]) == (3, 1, 2, 0, 1)
    assert signs["per_class"]["palm"] == {"clips": 2, "hits": 1, "misses": 1, "doubles": 0, "others": 1}
    assert "background" not in found


def test_the_same_label_said_again_is_a_double() -> None:
    one = clip("palm", "palm", frames=90)
    one.hands[30:60] = math.nan
    assert counted(one)["signs"]["doubles"] == 1


def test_the_delay_is_from_the_clips_begin_to_the_third_tick() -> None:
    late = clip("palm", "palm", frames=60)
    late.hands[:15] = math.nan
    latency = counted(clip("palm", "palm", frames=30), late)["latency"]
    assert latency["n"] == 2 and latency["median"] == pytest.approx((0.2 + 0.7) / 2, abs=0.06)


def test_false_fires_an_hour_with_what_they_may_really_be() -> None:
    found = counted(clip("none", "palm", frames=91), clip("idle", None, frames=91))["background"]
    assert found["clips"] == 2 and found["false_fires"] == 1 and found["per_class"] == {"palm": 1}
    assert found["seconds"] == 6.0 and found["per_hour"] == 600.0
    assert found["per_hour_at_most"] == pytest.approx(4.744 * 600, abs=1)


def test_photos_unknown_labels_and_clips_too_short_do_not_count() -> None:
    assert counted(clip("palm", "palm"), clip("wave", "palm", frames=30)) == {}
    assert counted(clip("palm", "palm", frames=5)) == {"too_short": 1, "least_seconds": 0.3}


@pytest.mark.parametrize(("count", "limit"), [(0, 2.996), (1, 4.744), (5, 10.513), (100, 118.08)])
def test_the_upper_limit_is_that_of_the_tables(count: int, limit: float) -> None:
    assert most_likely_at_most(count) == pytest.approx(limit, abs=0.01)
