"""Jobs: what a child tells, how it ends in every way, and that nothing is left of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import jobs as jobs_module
from app.job_child import JsonTeller, own_words
from app.job_state import MOST_WARNINGS, ended, taken
from app.jobs import IMPORT, TRAIN, Job, Jobs, JobState, JobStatus
from recognizers import home, privacy
from recognizers.bundle import Bundle
from recognizers.clips import DatasetInfo, dataset_info, write_dataset
from recognizers.errors import MudraError
from recognizers.training_news import Epoch, Phase
from tests.app.test_train_command import pictures
from tests.recognizers.tiny_bundles import saved

WAIT_S = 120.0
"""Nothing here takes this long; a busy machine may."""
needs_groups = pytest.mark.skipif(not hasattr(os, "killpg"), reason="this system has no process groups")

CHILD = """
import sys, time
from pathlib import Path
from app import job_child
from recognizers.errors import MudraError
from recognizers.training_news import Epoch, Phase
with job_child.telling("json") as teller:
    {}
"""
"""A child that tells as `mudra train` does, with another middle."""


def child(*lines: str) -> tuple[str, ...]:
    """Return a program whose middle are these lines."""
    return sys.executable, "-c", CHILD.format("\n    ".join(lines))


class Heard:
    """Remembers what jobs tell, and can be waited on."""

    def __init__(self) -> None:
        self.news = threading.Condition()
        self.states: list[JobState] = []

    def __call__(self, job: Job) -> None:
        with self.news:
            self.states.append(job.state)
            self.news.notify_all()

    def until(self, condition: Callable[[JobState], object]) -> JobState:
        with self.news:
            found = self.news.wait_for(lambda: [each for each in self.states if condition(each)], WAIT_S)
        assert found, self.states
        return found[0]


@pytest.fixture
def heard() -> Heard:
    return Heard()


MakeJob = Callable[..., Job]


@pytest.fixture
def make_job(heard: Heard) -> Iterator[MakeJob]:
    made: list[Job] = []

    def make(*lines: str, kind: str = TRAIN, program: tuple[str, ...] | None = None) -> Job:
        made.append(Job(kind, (), heard, program or child(*lines)))
        return made[-1]

    yield make
    for job in made:
        job.kill()
        assert job.wait(WAIT_S)
        assert is_gone(job.pid)


def is_gone(pid: int) -> bool:
    """Return whether there is no such process, not even as a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def until_gone(pid: int) -> None:
    """Wait until a process that is none of our own children is gone; one that nobody waits for counts as gone."""
    stop = threading.Event()
    for _ in range(int(WAIT_S / 0.05)):
        status = Path(f"/proc/{pid}/stat")
        if is_gone(pid) or (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"):
            return
        stop.wait(0.05)
    pytest.fail(f"{pid} is still there")


# --- what it tells ------------------------------------------------------------------------------------------


def test_everything_that_a_child_tells_becomes_state(make_job: MakeJob, heard: Heard, tmp_path: Path) -> None:
    job = make_job(
        f"teller.begin(Path({str(tmp_path)!r}))",
        "teller.say(Phase.READ)",
        "teller.say('60 examples, ä')",
        "teller.say(Phase.FIT)",
        "teller.say(Epoch(1, 9, 0.5, 0.25, 0.75, 0.5, 0.001))",
        "teller.say(Epoch(2, 9, 0.25, 0.5, 0.5, 0.75, 0.001))",
        "teller.say(Phase.REFIT)",
        "teller.say(Epoch(1, 2, 0.125, 1.0))",
        "teller.warn('odd')",
        "teller.problem(MudraError('is broken', where='a.npy', remedy='Mend it'))",
        "print('a library chatters')",
        f"teller.result(Path({str(tmp_path / 'mine')!r}), ['lines'], dict(accuracy=0.5, labels=('a', 'b')))",
    )
    assert job.wait(WAIT_S)
    assert job.state == JobState(
        kind=TRAIN,
        status=JobStatus.FINISHED,
        folder=tmp_path / "mine",
        phase=Phase.REFIT,
        message="60 examples, ä",
        epochs=(Epoch(1, 9, 0.5, 0.25, 0.75, 0.5, 0.001), Epoch(2, 9, 0.25, 0.5, 0.5, 0.75, 0.001)),
        refit=(Epoch(1, 2, 0.125, 1.0),),
        warnings=(("odd", ""), ("a.npy: is broken", "Mend it")),
        figures={"accuracy": 0.5, "labels": ["a", "b"]},
    )
    heard.until(lambda state: state.status.over)
    assert [len(each.epochs) for each in heard.states] == sorted(len(each.epochs) for each in heard.states)
    assert heard.states[-1] == job.state and heard.states[0].folder == tmp_path


def test_an_import_tells_how_far_it_is(make_job: MakeJob, heard: Heard) -> None:
    job = make_job(
        "with teller.progress('import', 'pictures') as progress:",
        "    [progress(number, 500) for number in range(501)]",
        "    progress(7)",
        "    progress.clear()",
        "teller.result(Path('/x'), [], dict(clips=500))",
        kind=IMPORT,
    )
    assert job.wait(WAIT_S) and job.state.status is JobStatus.FINISHED
    told = [(each.done, each.total, each.unit) for each in heard.states if each.unit]
    assert told[0] == (0, 500, "pictures") and (500, 500, "pictures") in told and len(told) < 100


def test_a_failure_is_told_with_its_remedy(make_job: MakeJob) -> None:
    job = make_job("raise MudraError('too little', where='data', expected=5, found=3, remedy='Record more')")
    assert job.wait(WAIT_S)
    assert (job.state.status, job.state.problem) == (JobStatus.FAILED, "data: too little (expected 5, found 3)")
    assert job.state.remedy == "Record more" and job.state.figures == {}


def test_memory_that_runs_out_is_told_in_words(make_job: MakeJob) -> None:
    job = make_job("raise MemoryError")
    assert job.wait(WAIT_S)
    assert "not enough memory" in job.state.problem and "Close other programs" in job.state.remedy


def test_a_defect_is_not_the_end_of_the_story(make_job: MakeJob) -> None:
    job = make_job("1 / 0")
    assert job.wait(WAIT_S)
    assert job.state.status is JobStatus.FAILED and "exit code 1" in job.state.problem and job.state.remedy


@pytest.mark.parametrize(
    ("kind", "words", "says"),
    [
        (TRAIN, ["--mode", "dance"], "invalid choice"),
        (TRAIN, ["--mode", "gesture"], "no samples for gesture mode"),
        (IMPORT, ["mp-data", "/nothing", "--mode", "sign"], "/nothing"),
    ],
)
def test_wrong_words_fail_as_on_a_terminal(kind: str, words: list[str], says: str, heard: Heard) -> None:
    job = Job(kind, words, heard)
    assert job.wait(WAIT_S)
    assert job.state.status is JobStatus.FAILED and says in job.state.problem and "\n" not in job.state.problem


def test_a_program_that_is_not_there_is_told() -> None:
    with pytest.raises(MudraError, match="cannot be started"):
        Job(TRAIN, (), lambda _: None, ("/no/such/python",))


def test_who_fails_to_listen_holds_nothing_up(capsys: pytest.CaptureFixture[str]) -> None:
    job = Job(TRAIN, (), lambda _: 1 / 0, child("teller.say('x' * 100_000)", "teller.result(Path('/x'), [], {'n': 1})"))
    assert job.wait(WAIT_S) and job.state.status is JobStatus.FINISHED
    assert "defect" in capsys.readouterr().err


def test_the_child_has_the_users_own_network_settings(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in privacy.BLOCKED:
        monkeypatch.setenv(name, "http://proxy:8080" if "HTTPS" in name.upper() else "localhost")
    monkeypatch.delenv(privacy.SAVED_NAME, raising=False)
    privacy.block_usage_reports()
    job = make_job("import os", "teller.say(os.environ['HTTPS_PROXY'] + os.environ.get('MUDRA_SAVED_PROXIES', ''))")
    assert job.wait(WAIT_S) and job.state.message == "http://proxy:8080"
    monkeypatch.delenv(privacy.SAVED_NAME)


@pytest.mark.skipif(not Path("/proc/self/oom_score_adj").exists(), reason="this system does not tell")
def test_the_child_steps_back(make_job: MakeJob) -> None:
    job = make_job("import os", "teller.say(str(os.nice(0)) + ' ' + open('/proc/self/oom_score_adj').read().strip())")
    assert job.wait(WAIT_S)
    nice, first_to_go = map(int, job.state.message.split())
    assert nice == min(os.nice(0) + 5, 19) and first_to_go == 500


# --- how it ends --------------------------------------------------------------------------------------------


def test_cancelling_ends_it_between_two_steps(make_job: MakeJob, heard: Heard) -> None:
    job = make_job("teller.say('busy')", "while True:", "    time.sleep(0.01)")
    heard.until(lambda state: state.message == "busy")
    job.cancel()
    job.cancel()
    heard.until(lambda state: state.status is JobStatus.CANCELLING)
    assert job.wait(WAIT_S)
    assert (job.state.status, job.state.problem) == (JobStatus.CANCELLED, "")
    job.cancel()
    assert job.state.status is JobStatus.CANCELLED


def test_cancelling_lets_it_clear_up(make_job: MakeJob, heard: Heard, tmp_path: Path) -> None:
    job = make_job(
        "try:",
        "    teller.say('busy')",
        "    while True: time.sleep(0.01)",
        "finally:",
        f"    Path({str(tmp_path / 'cleared')!r}).write_text('x')",
    )
    heard.until(lambda state: state.message == "busy")
    job.cancel()
    assert job.wait(WAIT_S) and (tmp_path / "cleared").exists()


def test_one_that_does_not_hear_cuts_itself_off(make_job: MakeJob, heard: Heard) -> None:
    job = make_job(
        "job_child.END_S = 0.2",
        "teller.say('deaf')",
        "while True:",
        "    try: time.sleep(100)",
        "    except KeyboardInterrupt: pass",
    )
    heard.until(lambda state: state.message == "deaf")
    job.cancel()
    assert job.wait(WAIT_S) and job.state.status is JobStatus.CANCELLED


def test_one_that_cuts_nothing_off_is_killed(make_job: MakeJob, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_module, "END_S", -0.8)
    line = json.dumps({"kind": "message", "text": "hangs"})
    job = make_job(program=(sys.executable, "-c", f"import time; print({line!r}, flush=True); time.sleep(1000)"))
    heard.until(lambda state: state.message == "hangs")
    job.cancel()
    assert job.wait(WAIT_S) and job.state.status is JobStatus.CANCELLED


def test_a_result_that_was_there_before_the_cancel_stands(make_job: MakeJob, heard: Heard) -> None:
    job = make_job("teller.result(Path('/x'), [], {'n': 1})", "while True: time.sleep(0.01)")
    heard.until(lambda state: state.figures)
    job.cancel()
    assert job.wait(WAIT_S) and job.state.status is JobStatus.FINISHED


@needs_groups
def test_what_the_child_started_ends_with_it(make_job: MakeJob, heard: Heard) -> None:
    job = make_job(
        "import subprocess",
        "other = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)'])",
        "teller.say(str(other.pid))",
        "while True: time.sleep(0.01)",
    )
    other = int(heard.until(lambda state: state.message).message)
    os.kill(job.pid, signal.SIGKILL)
    assert job.wait(WAIT_S)
    until_gone(other)


@needs_groups
def test_a_kill_from_outside_is_told_and_leaves_nothing_half(make_job: MakeJob, heard: Heard) -> None:
    models = home.models_folder()
    for name in ("mine", ".mine-abcdefgh", ".mine.training-1", ".other-abcdefgh", ".gone-old-abcdefgh"):
        (models / name).mkdir(parents=True)
    job = make_job(f"teller.begin(Path({str(models / 'mine')!r}))", "teller.say('busy')", "time.sleep(1000)")
    heard.until(lambda state: state.message == "busy")
    os.kill(job.pid, signal.SIGKILL)
    assert job.wait(WAIT_S)
    assert job.state.status is JobStatus.FAILED and "memory" in job.state.problem and job.state.remedy
    left = {".gone-old-abcdefgh", ".mine.training-1", ".other-abcdefgh", "mine"}
    assert {each.name for each in models.iterdir()} == left, "its own half bundle is gone, and nothing else"


@needs_groups
def test_another_signal_is_told_by_its_number(make_job: MakeJob) -> None:
    job = make_job("import os, signal", "os.kill(os.getpid(), signal.SIGABRT)")
    assert job.wait(WAIT_S) and f"signal {int(signal.SIGABRT)}" in job.state.problem


APP = """
import sys, threading
from app.jobs import Job
job = Job("train", (), lambda job: print(job.pid, flush=True) if job.state.message else None, {program!r})
threading.Event().wait()
"""


@needs_groups
@pytest.mark.parametrize("deaf", [False, True])
def test_the_child_ends_with_the_app_however_that_ends(deaf: bool) -> None:
    ways = ["job_child.END_S = 0.2", "while True:", "    try: time.sleep(0.01)", "    except KeyboardInterrupt: "]
    ways[-1] += "pass" if deaf else "raise"
    program = child("teller.say('busy')", *ways)
    root = Path(jobs_module.__file__).parents[1]
    app = subprocess.Popen([sys.executable, "-c", APP.format(program=program)], cwd=root, stdout=subprocess.PIPE)
    assert app.stdout is not None
    with app.stdout:
        pid = int(app.stdout.readline())
        app.kill()
        app.wait()
    until_gone(pid)


# --- one at a time ------------------------------------------------------------------------------------------


def test_there_is_one_training_at_a_time(heard: Heard) -> None:
    jobs = Jobs(heard, child("while True: time.sleep(0.01)"))
    first, import_ = jobs.train(()), jobs.import_(())
    assert jobs.running() is first and jobs.running(IMPORT) is import_
    with pytest.raises(MudraError, match="under way"):
        jobs.train(())
    first.cancel()
    assert first.wait(WAIT_S) and jobs.running() is None
    second = jobs.train(())
    jobs.close(WAIT_S)
    assert [each.state.status for each in (second, import_)] == [JobStatus.CANCELLED] * 2
    with pytest.raises(MudraError, match="closed"):
        jobs.train(())


def test_closing_waits_for_no_one_who_hangs(heard: Heard) -> None:
    line = json.dumps({"kind": "message", "text": "hangs"})
    jobs = Jobs(heard, (sys.executable, "-c", f"import time; print({line!r}, flush=True); time.sleep(1000)"))
    job = jobs.train(())
    heard.until(lambda state: state.message)
    jobs.close(0.1)
    assert job.wait(WAIT_S) and is_gone(job.pid)


def test_the_next_one_may_be_started_when_the_last_word_is_heard() -> None:
    begun: list[Job] = []
    done = threading.Event()

    def tell(job: Job) -> None:
        if job.state.status.over and len(begun) < 2:
            begun.append(jobs.train(()))
        elif job.state.status.over:
            done.set()

    jobs = Jobs(tell, child("teller.result(Path('/x'), [], {'n': 1})"))
    jobs.train(())
    assert done.wait(WAIT_S)
    jobs.close()


# --- lines --------------------------------------------------------------------------------------------------

texts = st.text(max_size=10)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
KINDS = ["begin", "phase", "message", "epoch", "progress", "warning", "result", "error", "later"]
FIELDS = ["folder", "phase", "text", "remedy", "number", "of", "done", "total", "unit", "figures"]


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(FIELDS), values), st.sampled_from(KINDS))
def test_a_line_that_is_not_understood_changes_nothing(line: dict[str, object], kind: str) -> None:
    state = JobState(TRAIN, message="before")
    try:
        after = taken(state, {"kind": kind, **line})
    except (KeyError, TypeError, ValueError, AttributeError):
        return
    assert after is not state or kind == "later"


def test_warnings_do_not_pile_up() -> None:
    state = JobState(IMPORT)
    for number in range(MOST_WARNINGS + 5):
        state = taken(state, {"kind": "warning", "text": str(number), "remedy": ""})
    assert len(state.warnings) == MOST_WARNINGS and state.warnings[-1] == (str(MOST_WARNINGS + 4), "")


def test_of_what_was_printed_the_error_counts() -> None:
    printed = "noise\nmudra: data: is broken.\nmudra: warning: odd.\n"
    assert ended(JobState(TRAIN), 1, printed).problem == "data: is broken."


def test_the_command_that_a_card_remembers_has_no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["mudra", "train", "--mode", "sign", "--progress", "json", "--seed", "3"])
    assert own_words() == ["train", "--mode", "sign", "--seed", "3"]
    monkeypatch.setattr(sys, "argv", ["mudra", "train", "--progress=json"])
    assert own_words() == ["train"]


def test_a_listener_that_has_gone_is_no_error(tmp_path: Path) -> None:
    with (tmp_path / "closed").open("w") as stream:
        pass
    JsonTeller(stream).say("nobody hears this")


# --- the real thing -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_real_training_is_followed_and_a_killed_one_leaves_the_older_bundle(heard: Heard) -> None:
    write_dataset(home.datasets_folder() / "hands", DatasetInfo("gesture", "generated", "CC0"), pictures())
    older = saved(home.models_folder() / "older")
    words = ["--mode", "gesture", "--dataset", "hands", "--copies", "0", "--split", "random"]
    doomed = Job(TRAIN, [*words, "--epochs", "5000", "--out", "older"], heard)
    followed = Heard()
    job = Jobs(followed).train([*words, "--epochs", "2", "--out", "mine"])
    heard.until(lambda each: each.epochs)
    os.kill(doomed.pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
    assert doomed.wait(WAIT_S) and doomed.state.status is JobStatus.FAILED
    assert job.wait(WAIT_S * 3), job.state
    state = job.state
    assert state.status is JobStatus.FINISHED, (state.problem, state.remedy)
    assert sorted(each.name for each in home.models_folder().iterdir()) == ["mine", "older"]
    assert Bundle.load(older.folder).info == older.info
    bundle = Bundle.load(home.models_folder() / "mine")
    assert state.folder == bundle.folder and state.figures["accuracy"] == bundle.info.metrics["accuracy"]
    assert [(epoch.number, epoch.of) for epoch in state.epochs] == [(1, 2), (2, 2)]
    figures = [(epoch.loss, epoch.accuracy, epoch.validation_loss, epoch.rate) for epoch in state.epochs]
    assert np.isfinite(np.array(figures, float)).all()
    phases = [each.phase for each in followed.states if each.phase]
    assert phases[0] is Phase.READ and phases[-1] is Phase.SAVE
    assert "--progress" not in bundle.info.made["command"]


def test_a_real_import_is_followed_and_what_it_could_not_read_told(heard: Heard, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for label in ("hello", "thanks"):
        for number in range(2):
            folder = tmp_path / "MP_Data" / label / str(number)
            folder.mkdir(parents=True)
            for frame in range(3):
                np.save(folder / f"{frame}.npy", rng.uniform(0.1, 0.9, 1662))
    (tmp_path / "MP_Data" / "hello" / "0" / "1.npy").write_bytes(b"broken")
    job = Jobs(heard).import_(["mp-data", str(tmp_path / "MP_Data"), "--mode", "sign", "--dataset", "mine"])
    assert job.wait(WAIT_S)
    assert job.state.status is JobStatus.FINISHED, job.state
    assert job.state.folder == home.datasets_folder() / "mine" and job.state.figures["clips"] == 4
    assert dataset_info(home.datasets_folder() / "mine").frames == 11
    assert len(job.state.warnings) == 1 and "1.npy" in job.state.warnings[0][0]
    assert job.state.done == job.state.total == 4
