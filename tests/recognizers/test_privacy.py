from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recognizers import privacy
from tests.recognizers.outgoing import LocalProxy, watch

WORK = """
from recognizers.landmarker import Landmarker
from recognizers.synthetic import SyntheticSource

with Landmarker(face=True, allow_usage_reports={allow}) as landmarker:
    found = [landmarker.detect(frame) for frame in SyntheticSource("palm:1,fps=15").items()]
    landmarker.reset()
print("hands", sum(bool(seen.hands_found.any()) for seen in found))
"""
NAMES = (*privacy.BLOCKED, privacy.SAVED_NAME)


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, "")  # so that the end of the test puts back what was there
        monkeypatch.delenv(name)


@pytest.fixture
def proxy() -> Iterator[LocalProxy]:
    with LocalProxy() as local:
        yield local


def test_the_user_gets_back_what_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://office:3128")
    monkeypatch.setenv("NO_PROXY", "*")
    before = dict(os.environ)
    assert privacy.user_environment() == before
    privacy.block_usage_reports()
    privacy.block_usage_reports()
    assert {name: os.environ[name] for name in privacy.BLOCKED} == privacy.BLOCKED
    assert privacy.usage_reports_blocked()
    assert privacy.user_environment() == before


def test_a_value_set_later_is_the_users_newest_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://office:3128")
    privacy.block_usage_reports()
    monkeypatch.setenv("https_proxy", "http://home:3128")
    monkeypatch.delenv("NO_PROXY")
    assert not privacy.usage_reports_blocked()
    assert privacy.user_environment()["https_proxy"] == "http://home:3128"
    privacy.block_usage_reports()
    assert privacy.usage_reports_blocked()
    assert privacy.user_environment()["https_proxy"] == "http://home:3128"
    assert "NO_PROXY" not in privacy.user_environment()


def test_a_child_that_inherits_the_block_still_knows_the_users_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("https_proxy", "http://office:3128")
    privacy.block_usage_reports()
    program = (
        "from recognizers import privacy; privacy.block_usage_reports();"
        "user = privacy.user_environment(); print(user['https_proxy'], 'NO_PROXY' in user)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["http://office:3128", "False"]


@pytest.mark.parametrize("garbage", ["", "{", "[]", "null", '{"https_proxy": 3}', '{"other": "x"}'])
def test_a_spoilt_memory_is_no_reason_to_fail(garbage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(privacy.SAVED_NAME, garbage)
    privacy.block_usage_reports()
    assert privacy.usage_reports_blocked()
    assert privacy.SAVED_NAME not in privacy.user_environment()


USERS = (
    {},
    {"NO_PROXY": "*"},
    {"no_proxy": "*", "https_proxy": "PROXY"},
    {"HTTPS_PROXY": "PROXY", "https_proxy": "PROXY"},
)


@pytest.mark.parametrize("user", USERS, ids=["nothing", "no-proxy", "lower-case", "both-cases"])
def test_nothing_leaves_the_machine_while_a_landmarker_works(
    user: dict[str, str], proxy: LocalProxy, tmp_path: Path
) -> None:
    environment = {name: proxy.address if value == "PROXY" else value for name, value in user.items()}
    seen = watch(WORK.format(allow=False), tmp_path, environment, proxy)
    assert int(seen.output.split()[1]) >= 10, "the landmarker did not work"
    assert seen.visits == 0
    if seen.lookups is not None:
        assert seen.lookups == set()
    if seen.connects is not None:
        assert seen.connects <= {"127.0.0.1:9"}, "only the closed port of this machine may be tried"


def test_the_watch_would_notice(proxy: LocalProxy, tmp_path: Path) -> None:
    """The same work with reports allowed: they come to the user's proxy. (Nothing is passed on.)"""
    seen = watch(WORK.format(allow=True), tmp_path, {"https_proxy": proxy.address}, proxy)
    assert seen.visits > 0
    if seen.connects is not None:
        assert seen.connects == {proxy.address.removeprefix("http://")}


@pytest.mark.skipif(shutil.which("cc") is None, reason="without a compiler lookups cannot be kept on this machine")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="LD_PRELOAD")
def test_the_watch_would_notice_a_way_around_the_proxy(proxy: LocalProxy, tmp_path: Path) -> None:
    environment = {"NO_PROXY": "*", "https_proxy": proxy.address}
    seen = watch(WORK.format(allow=True), tmp_path, environment, proxy)
    assert seen.lookups is not None
    assert any(name.endswith("googleapis.com") for name in seen.lookups)
