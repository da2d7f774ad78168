"""What a job's folder holds for people and other programs, made from the analysis alone."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from analyser.audio import encode_opus, open_sound
from analyser.calls import read_info
from analyser.records import Analysis, Tally
from analyser.settings import Settings
from analyser.storage import write_atomic
from analyser.summaries import summary
from analyser.workspace import Job, jobs

ALWAYS = ("transcript",)
"""written whatever was asked for: it can be corrected and read in again"""
WHOLE = ("json", "transcript")
"""formats that are never masked: they are the call itself"""
EARLIER = 10
"""calls that a seller is compared with"""


def write_outputs(analysis: Analysis, job: Job, settings: Settings, *, source: Path | None = None) -> tuple[Path, ...]:
    """Write the report and exports asked for into the job's folder; returns their paths.

    ``source`` is the recording, to be played from the report; without it the report plays what the folder holds.
    Raises StorageError when a file cannot be written.
    """
    from analyser.report import render
    from analyser.report.exports import EXPORTS

    shown = _masked(analysis, job) if settings.mask else analysis
    written = []
    for name in (*ALWAYS, *(name for name in settings.formats if name not in ("html", *ALWAYS))):
        # What a call is analysed anew from stays whole, or a correction would be made to the masks.
        for file, content in EXPORTS[name](analysis if name in WHOLE else shown).items():
            write_atomic(job.folder / file, content)
            written.append(job.folder / file)
    if "html" in settings.formats:
        # A voice says the names that are masked.
        audio = None if settings.mask else audio_for(analysis, job, settings, source)
        page = render(shown, language=settings.interface, audio=audio, earlier=earlier_tallies(job))
        write_atomic(job.folder / "report.html", page)
        written.append(job.folder / "report.html")
    return tuple(written)


def _masked(analysis: Analysis, job: Job) -> Analysis:
    from analyser.masking import mask_analysis

    info = read_info(job.folder)
    return mask_analysis(analysis, names=(info.seller, info.client))


def earlier_tallies(job: Job) -> tuple[Tally, ...]:
    """Counts of the same seller's last calls before this one, oldest first; none where seller or day is not known."""
    mine = read_info(job.folder)
    if not mine.seller or not mine.date:
        return ()
    before = []
    for folder in jobs(job.folder.parent):
        info = read_info(folder)
        if folder != job.folder and info.seller == mine.seller and "" < info.date < mine.date:
            before.append((info.date, folder))
    return tuple(summary(folder).tally for _, folder in sorted(before)[-EARLIER:])


def audio_for(analysis: Analysis, job: Job, settings: Settings, source: Path | None) -> str | None:
    """Where the report finds the sound: a file beside it, the sound itself as a data: address, or None."""
    if analysis.recording.layout == "none":
        return None
    kept = next(iter(sorted(job.folder.glob("recording.*"))), None)
    if settings.embed_audio and (source or kept):
        import base64

        opus = encode_opus(open_sound(source or kept))  # type: ignore[arg-type]
        return "data:audio/ogg;base64," + base64.b64encode(opus).decode()
    if source is not None:
        return quote(job.keep_recording(source, lambda: encode_opus(open_sound(source))))
    return quote(kept.name) if kept else None
