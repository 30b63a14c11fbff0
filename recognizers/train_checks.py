"""What a training is refused for before it begins: options that do not fit, and data that can give no honest model."""

from __future__ import annotations

from collections import Counter

from recognizers import networks
from recognizers.datasets import dataset_info, is_dataset
from recognizers.errors import TrainingError, UsageError
from recognizers.examples import BACKGROUND_LABELS, Gathered, Split, split_gathered
from recognizers.features import FEATURE_SETS
from recognizers.handmodel import poses
from recognizers.trace_file import traces_for
from recognizers.train_options import TrainOptions
from recognizers.word_file import words

MIN_EXAMPLES = 3
"""One to train, one to choose when to stop, one to measure."""


def check_modes(options: TrainOptions) -> None:
    """Check that all datasets are for the mode.

    Raises:
        UsageError: one is not.
    """
    for path in (*options.datasets, *options.measure):
        if is_dataset(path) and (mode := dataset_info(path).mode) != options.mode:
            raise UsageError(
                "the dataset is for another mode",
                where=path,
                expected=f"{options.mode} mode",
                found=f"{mode} mode",
                remedy=f"Train with --mode {mode}, or import it again with --mode {options.mode}",
            )


def check_options(options: TrainOptions, kind: str) -> None:
    """Check that the options fit a training of the kind `still`, `sequence` or `face`.

    Raises:
        UsageError: they do not.
    """
    network = options.network or networks.DEFAULTS[kind]
    networks.check(network, kind)
    if options.network_parameters.get("members", 1) > 1 and network not in networks.WITH_MEMBERS:
        raise UsageError(
            f"of the {network} there is only one", where="--members", expected=f"{', '.join(networks.WITH_MEMBERS)}"
        )
    if options.features and FEATURE_SETS[options.features].kind != kind:
        raise UsageError(f"the features '{options.features}' do not describe this", expected=f"those of a {kind}")
    if options.measure and kind == "face":
        raise UsageError("--measure is for hands", expected="clips of hands", found="faces")
    if options.idle and kind != "sequence":
        raise UsageError("idle examples are movements", expected="clips of movements", found="pictures")
    traces_for(options.traces)
    if options.traces and kind != "still":
        raise UsageError(
            "signs are drawn by hands that are told by single pictures", expected="stills", found=f"a {kind}"
        )
    if (options.generated or options.also) and kind == "face":
        raise UsageError("faces are not generated", expected="clips of hands", found="faces")
    if options.teacher and kind != "face":
        raise UsageError(
            "a teacher is for faces", expected="clips of faces", found="hands", remedy="Leave --teacher out"
        )
    _check_generated(options, kind)


def _check_generated(options: TrainOptions, kind: str) -> None:
    """Check that labels without recordings can be generated."""
    if options.also and not options.generated:
        raise UsageError(
            "labels without recordings are learned from generated ones",
            where=f"--also {','.join(options.also)}",
            remedy="Say how many with --generated N",
        )
    known = poses() if kind == "still" else words()
    if unknown := [label for label in options.also if label not in known]:
        what = "pose of assets/poses.toml" if kind == "still" else "word of assets/words.toml"
        raise UsageError(
            f"this is no {what}", where=f"--also {unknown[0]}", expected=f"some of {', '.join(sorted(known))}"
        )


def checked_split(gathered: Gathered, options: TrainOptions) -> tuple[Split, dict[str, int]]:
    """Split what was gathered, and return by label how many of the test showed no hand.

    Raises:
        TrainingError: there are too few labels, or too few examples of one.
        UsageError: there is no such split.
    """
    counts = Counter(example.origin.label for example in gathered.examples)
    if len(counts) + bool(options.idle) < 2:
        raise TrainingError(
            "one label cannot be told from nothing",
            expected="at least two labels with hands in them",
            found=", ".join(counts) or "none",
            remedy="Record another label, or a background",
        )
    unseen = {label: 0 for label in gathered.undetected if label not in BACKGROUND_LABELS}
    few = {label: count for label, count in {**unseen, **counts}.items() if count < MIN_EXAMPLES}
    if few:
        raise TrainingError(
            "too few examples to train, stop and measure on",
            expected=f"at least {MIN_EXAMPLES} a label",
            found=", ".join(f"{label}: {count}" for label, count in sorted(few.items())),
            remedy="Record more of these",
        )
    parts, undetected = split_gathered(gathered, options.split, options.seed)
    trained = {gathered.examples[index].origin.label for index in parts.train}
    if missing := set(counts) - trained:
        raise TrainingError(
            f"a split by {parts.kind} leaves no training example of: {', '.join(sorted(missing))}",
            remedy="Record more of them, or choose another --split",
        )
    return parts, undetected
