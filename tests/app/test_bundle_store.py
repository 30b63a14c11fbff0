"""Using, removing, giving and taking models: the store, the exchange, and the commands over them."""

from __future__ import annotations

import hashlib
import json
import shlex
import tomllib
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.__main__ import main
from app.bundle_exchange import export_bundle, import_bundle
from app.bundle_store import (
    TRASH,
    bundle_roles,
    check_bundle_name,
    empty_trash,
    free_name,
    put_into_trash,
    remove_bundle,
    use_bundle,
    use_changes,
)
from app.recognizing import open_recognizers
from app.settings import Settings, load_settings
from recognizers import home
from recognizers.bundle import Bundle, find_bundle, shipped_bundles, user_bundles
from recognizers.bundle_info import checksum
from recognizers.errors import BundleError, MudraError, OutputError, TooNewError, UsageError
from tests.recognizers.tiny_bundles import info_of, saved


def own(name: str, **changed: object) -> Path:
    """Give the user a tiny bundle for gesture mode."""
    saved(home.models_folder() / name, info_of(id=name, **changed))
    return home.models_folder() / name


def foreign(folder: Path, **changed: object) -> Path:
    """Make a tiny bundle that is none of the user's."""
    saved(folder, info_of(**{"id": folder.name, **changed}))
    return folder


def written() -> dict[str, object]:
    """Return what the settings file holds."""
    path = home.settings_file()
    return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}


# --- using --------------------------------------------------------------------------------------------------


def test_using_one_writes_the_settings_and_what_was_there_before() -> None:
    own("mine")
    used = use_bundle("mine")
    assert (used.mode, used.name, used.before) == ("gesture", "mine", "gestures")
    assert written() == {"bundles": {"gesture": "mine"}, "previous_bundles": {"gesture": "gestures"}}
    assert use_bundle("gestures").before == "mine"
    assert written() == {"previous_bundles": {"gesture": "mine"}}, "what ships needs no line"
    assert load_settings().bundle_of("gesture") == "gestures"


def test_using_the_same_again_forgets_nothing() -> None:
    own("mine")
    use_bundle("mine")
    use_bundle("mine")
    assert written()["previous_bundles"] == {"gesture": "gestures"}
    assert use_changes(load_settings(), "gesture", "mine") == {"bundles.gesture": "mine"}


def test_a_path_is_remembered_from_the_root_and_a_zip_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign(tmp_path / "there")
    monkeypatch.chdir(tmp_path)
    assert use_bundle("there").name == str(tmp_path / "there")
    export_bundle("there", Path("packed.zip"))
    assert use_bundle("packed.zip").name == str(tmp_path / "packed.zip")
    assert load_settings().bundle_of("gesture") == str(tmp_path / "packed.zip")
    (recognizer,) = open_recognizers("gesture", None, load_settings())
    assert recognizer.bundle_id == "there"


def test_the_rest_of_the_settings_stays() -> None:
    home.settings_file().parent.mkdir(parents=True)
    home.settings_file().write_text('# mine\nmode = "sign"\n\n[bundles] # these\nsign = "words"\n', "utf-8")
    own("mine")
    use_bundle("mine")
    text = home.settings_file().read_text("utf-8")
    assert text.startswith('# mine\nmode = "sign"\n') and "# these" in text and 'sign = "words"' in text


@pytest.mark.parametrize(("name", "mode"), [("nothing", None), ("mine", "sign"), ("broken", None)])
def test_what_cannot_be_used_changes_nothing(name: str, mode: str | None) -> None:
    own("mine")
    (own("broken") / "model.tflite").write_bytes(b"x")
    with pytest.raises(MudraError):
        use_bundle(name, mode)
    assert written() == {}


def test_settings_that_are_wrong_are_not_written_to(capsys: pytest.CaptureFixture[str]) -> None:
    own("mine")
    home.settings_file().write_text("mode = 3\n", "utf-8")
    assert main(["models", "use", "mine"]) == 1
    assert capsys.readouterr().err.count("\n") == 1 and home.settings_file().read_text("utf-8") == "mode = 3\n"
    assert main(["models", "list"]) == 0
    told = capsys.readouterr()
    assert "mine" in told.out and "'mode' is wrong" in told.err


def test_the_list_marks_what_is_active_and_what_was(capsys: pytest.CaptureFixture[str]) -> None:
    own("mine")
    own("other")
    assert main(["models", "use", "mine"]) == 0
    assert main(["models", "use", "other", "--mode", "gesture"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "gesture mode now uses other; before it was mine"
    assert main(["models", "list"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert lines["other"].endswith("  active") and lines["mine"].endswith("  previous")
    assert lines["words"].endswith("  active") and "active" not in lines["gestures"]


def test_ones_own_that_hides_a_shipped_one_is_the_active_one() -> None:
    folder = own("gestures")
    roles = bundle_roles(Settings())
    (shipped,) = [each for each in shipped_bundles() if each.name == "gestures"]
    assert roles[folder.resolve()] == "active" and shipped.resolve() not in roles


# --- removing -----------------------------------------------------------------------------------------------


def test_a_removed_one_lies_in_the_trash_and_can_come_back(capsys: pytest.CaptureFixture[str]) -> None:
    own("mine")
    assert main(["models", "remove", "mine"]) == 0
    words = shlex.split(capsys.readouterr().out.splitlines()[0].partition("mudra ")[2])
    assert user_bundles() == [] and words[:2] == ["models", "import"]
    assert main(words) == 0
    assert [folder.name for folder in user_bundles()] == ["mine"]
    Bundle.load(find_bundle("mine"))


@pytest.mark.parametrize(
    ("name", "says"), [("gestures", "ships with Mudra"), ("nothing", "no model of this name"), ("../mine", "no model")]
)
def test_what_is_not_ones_own_is_not_removed(name: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    own("mine")
    assert main(["models", "remove", name, "--yes"]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and says in told
    assert [folder.name for folder in user_bundles()] == ["mine"] and find_bundle("gestures")


def test_the_active_one_goes_only_when_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    folder = own("mine")
    use_bundle(str(folder))  # by its path
    assert main(["models", "remove", "mine"]) == 2
    assert "active model for gesture" in capsys.readouterr().err and folder.is_dir()
    assert main(["models", "remove", "mine", "--yes"]) == 0
    assert "gesture mode now uses gestures" in capsys.readouterr().out
    assert load_settings().bundle_of("gesture") == "gestures" and not folder.exists()


def test_one_that_hides_a_shipped_one_is_active_by_its_name() -> None:
    own("gestures")
    with pytest.raises(UsageError, match="active"):
        remove_bundle("gestures")
    place, modes = remove_bundle("gestures", active_too=True)
    assert modes == ["gesture"] and place.is_dir() and find_bundle("gestures").parent != home.models_folder()


def test_what_was_before_is_forgotten_with_it() -> None:
    own("mine")
    use_bundle("mine")
    use_bundle("gestures")
    remove_bundle("mine")
    assert written() == {}


def test_a_damaged_one_can_be_removed() -> None:
    (own("mine") / "bundle.json").write_text("{}")
    remove_bundle("mine")
    assert user_bundles() == []


def test_the_trash_is_emptied_for_good(capsys: pytest.CaptureFixture[str]) -> None:
    assert empty_trash() == 0
    for _ in range(3):
        own("mine")
        remove_bundle("mine")
    assert len(list((home.models_folder() / TRASH).iterdir())) == 3
    assert main(["models", "empty"]) == 0
    assert "deleted: 3" in capsys.readouterr().out and list(home.models_folder().iterdir()) == []


def test_what_cannot_be_moved_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = own("mine")

    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OutputError, match="Permission denied"):
        put_into_trash(folder)


# --- names --------------------------------------------------------------------------------------------------


def test_a_free_name_is_one_that_no_model_has() -> None:
    assert free_name("mine") == "mine" and free_name("gestures") == "gestures-2"
    own("mine")
    own("mine-2")
    assert free_name("mine") == "mine-3"


@pytest.mark.parametrize("name", ["mine", "Anna's signs", "手話", "👋", "a.b", "x" * 100])
def test_names_that_models_may_have(name: str) -> None:
    assert check_bundle_name(name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".x", "x.", " x", "x ", "a/b", "a\\b", "a:b", "a\nb", "x" * 101, "👋" * 30]
)
def test_names_that_no_model_may_have(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_bundle_name(name)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=120))
def test_a_name_is_one_folder_on_every_system_or_none(name: str) -> None:
    try:
        check_bundle_name(name)
    except UsageError:
        return
    assert Path(name).name == name and not name.startswith(".") and len(name.encode()) <= 100


# --- giving -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["given.zip", "given"])
def test_what_is_given_is_the_model_and_can_be_taken(target: str, tmp_path: Path) -> None:
    folder = own("mine")
    (folder / "report.json").write_text('{"accuracy": 1}')
    (folder / "report.html").write_text("<script>alert(1)</script>")
    (folder / "notes.bin").write_bytes(b"x")
    path = export_bundle("mine", tmp_path / target)
    remove_bundle("mine")
    imported = import_bundle(path)
    assert (imported.bundle.folder, imported.left_out, imported.replaced) == (folder, (), None)
    names = {"bundle.json", "card.md", "model.tflite", "network.weights.h5", "report.json"}
    assert {each.name for each in folder.iterdir()} == names
    assert {each.name for each in home.models_folder().iterdir()} == {"mine", TRASH}


def test_the_same_model_gives_the_same_zip(tmp_path: Path) -> None:
    own("mine")
    one, two = (export_bundle("mine", tmp_path / name / "mine.zip").read_bytes() for name in "ab")
    assert one == two
    with zipfile.ZipFile(tmp_path / "a" / "mine.zip") as archive:
        assert {name.partition("/")[0] for name in archive.namelist()} == {"mine"}


def test_a_shipped_one_can_be_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "export", "words", str(tmp_path / "w.zip")]) == 0
    assert main(["models", "show", str(tmp_path / "w.zip")]) == 0
    assert "verified" in capsys.readouterr().out


def test_nothing_is_written_over_unless_that_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own("mine")
    for target in ("mine.zip", "folder"):
        words = ["models", "export", "mine", str(tmp_path / target)]
        assert [main(words), main(words), main([*words, "--replace"])] == [0, 1, 0]
        assert capsys.readouterr().err.count("\n") == 1
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"x")
    assert main(["models", "export", "mine", str(tmp_path / "photos"), "--replace"]) == 1
    (tmp_path / "dir.zip").mkdir()
    assert main(["models", "export", "mine", str(tmp_path / "dir.zip"), "--replace"]) == 1
    assert [each.name for each in (tmp_path / "photos").iterdir()] == ["a.jpg"]


def test_a_damaged_one_is_not_given(tmp_path: Path) -> None:
    (own("mine") / "card.md").write_text("changed")
    with pytest.raises(BundleError):
        export_bundle("mine", tmp_path / "mine.zip")
    assert not (tmp_path / "mine.zip").exists()


# --- taking -------------------------------------------------------------------------------------------------


def test_it_can_be_called_otherwise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = foreign(tmp_path / "theirs")
    values = json.loads((source / "bundle.json").read_text("utf-8"))
    values["later"] = {"kept": True}
    values["checksum"] = checksum(values)
    (source / "bundle.json").write_text(json.dumps(values), "utf-8")
    assert main(["models", "import", str(source), "--name", "von Änna"]) == 0
    assert "mudra models use" in capsys.readouterr().out
    bundle = Bundle.load(find_bundle("von Änna"))
    assert bundle.id == "von Änna"
    assert json.loads((bundle.folder / "bundle.json").read_text("utf-8"))["later"] == {"kept": True}


def test_one_of_a_name_that_is_taken_waits_for_a_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = own("mine", default_threshold=0.5)
    source = foreign(tmp_path / "mine", default_threshold=0.9)
    assert main(["models", "import", str(source)]) == 2
    assert "--replace" in capsys.readouterr().err
    assert main(["models", "import", str(source), "--replace"]) == 0
    assert Bundle.load(folder).info.default_threshold == 0.9
    place = Path(capsys.readouterr().out.splitlines()[1].partition("trash: ")[2])
    assert Bundle.load(place).info.default_threshold == 0.5
    assert main(["models", "import", str(folder), "--replace"]) == 2, "by itself"


def test_the_older_one_stands_when_the_new_one_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = own("mine", default_threshold=0.5)
    source = foreign(tmp_path / "mine")

    def full(*_: object) -> None:
        raise OutputError("No space left on device")

    monkeypatch.setattr("app.bundle_exchange.write_files", full)
    with pytest.raises(OutputError):
        import_bundle(source, replace=True)
    assert Bundle.load(folder).info.default_threshold == 0.5


def test_a_name_that_ships_is_not_taken_in_silence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "import", str(foreign(tmp_path / "gestures"))]) == 0
    assert "a model that ships has this name" in capsys.readouterr().err


def test_what_is_not_part_of_it_is_left_out_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = foreign(tmp_path / "theirs")
    (source / "report.html").write_text("<script>alert(1)</script>")
    (source / "README.txt").write_text("hello")
    (source / ".DS_Store").write_bytes(b"x")
    assert main(["models", "import", str(source)]) == 0
    assert "left out: README.txt, report.html" in capsys.readouterr().err
    names = {"bundle.json", "card.md", "model.tflite", "network.weights.h5"}
    assert {each.name for each in find_bundle("theirs").iterdir()} == names


@pytest.mark.parametrize(
    "harm", ["program", "listed program", "link", "report", "hash", "new", "id", "nothing", "folder"]
)
def test_what_is_refused_leaves_nothing(harm: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = foreign(tmp_path / "theirs")
    values = json.loads((source / "bundle.json").read_text("utf-8"))
    if harm == "program":
        (source / "setup.py").write_text("print()")
    elif harm == "listed program":
        (source / "run.sh").write_text("echo")
        values["files"]["run.sh"] = hashlib.sha256(b"echo").hexdigest()
    elif harm == "link":
        (source / "x.md").symlink_to("/etc/passwd")
    elif harm == "report":
        (source / "report.json").write_text("no JSON")
    elif harm == "hash":
        (source / "card.md").write_text("other")
    elif harm in ("new", "id"):
        values |= {"version": 99} if harm == "new" else {"id": "../../x"}
    elif harm == "nothing":
        source = tmp_path / "nothing"
    else:
        (source / "more").mkdir()
    if harm in ("listed program", "new", "id"):
        values["checksum"] = checksum(values)
        (source / "bundle.json").write_text(json.dumps(values), "utf-8")
    assert main(["models", "import", str(source)]) in (1, 2)
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and told.startswith("mudra: ") and "defect" not in told
    assert not home.models_folder().exists() or list(home.models_folder().iterdir()) == []
    if harm == "new":
        with pytest.raises(TooNewError):
            import_bundle(source)


def test_a_zip_with_a_way_out_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own("mine")
    path = export_bundle("mine", tmp_path / "evil.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../../escaped.md", "x")
    assert main(["models", "import", str(path), "--name", "evil"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert not list(tmp_path.parent.rglob("escaped.md")) and [each.name for each in user_bundles()] == ["mine"]
