"""A call as a document to read, send or write in: plain text, Markdown, Word."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence

from analyser.errors import SettingsError
from analyser.records import Analysis
from analyser.report.dialogue import Line
from analyser.report.view import Page, build
from analyser.report.wording import Wording

_MARKED = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&])")


def to_txt(analysis: Analysis, wording: Wording) -> str:
    """The conversation, a turn a paragraph: place, name, words."""
    page = build(analysis, wording, audio=None)
    lines = [page.title, f"{page.length} · {page.date}", ""]
    lines += [f"[{turn.clock}] {turn.name}: {_said(turn.lines)}" for turn in page.turns]
    return "\n".join(lines) + "\n"


def to_md(analysis: Analysis, wording: Wording) -> str:
    """Figures, moments and conversation as Markdown."""
    page, say = build(analysis, wording, audio=None), wording.say
    lines = [f"# {_plain(page.title)}", "", f"{page.length} · {page.date}", ""]
    lines += [f"- **{_plain(name)}**: {_plain(value)}" for name, value in _figures(page)]
    lines += ["", f"## {_plain(say('moment.title'))}", ""]
    if not page.stories:
        lines += [_plain(say("moment.empty")), ""]
    for story in page.stories:
        lines += [f"### {story.clock} {_plain(story.name)} ({', '.join(story.methods)})", ""]
        lines += [f"> **{_plain(line.name)}**: {_plain(line.text)}  " for line in story.exchange]
        lines.append("")
        for label, text in _coaching(story.why, story.importance, ", ".join(story.missing), story.advice):
            lines += [f"**{_plain(say(f'moment.{label}'))}**: {_plain(text)}", ""]
    lines += [f"## {_plain(say('script.title'))}", ""]
    for turn in page.turns:
        lines += [f"**{turn.clock} {_plain(turn.name)}**: {_plain(_said(turn.lines))}", ""]
    lines += ["---", "", _plain(page.about.made)]
    lines += [f"- {_plain(caveat)}" for caveat in page.about.caveats]
    return "\n".join(lines) + "\n"


def to_docx(analysis: Analysis, wording: Wording) -> bytes:
    """Figures, moments and conversation as a Word document; raises SettingsError where python-docx is missing."""
    try:
        import docx
    except ImportError as error:
        raise SettingsError("Word files need python-docx: pip install 'analyser[docx]', or ask for md.") from error
    page, say = build(analysis, wording, audio=None), wording.say
    document = docx.Document()
    document.core_properties.title = page.title[:250]
    document.core_properties.author = ""
    document.add_heading(page.title, 0)
    document.add_paragraph(f"{page.length} · {page.date}")
    table = document.add_table(rows=0, cols=2, style="Light List Accent 1")
    for name, value in _figures(page):
        cells = table.add_row().cells
        cells[0].text, cells[1].text = name, value
    document.add_heading(say("moment.title"), 1)
    if not page.stories:
        document.add_paragraph(say("moment.empty"))
    for story in page.stories:
        document.add_heading(f"{story.clock} {story.name}", 2)
        for line in story.exchange:
            paragraph = document.add_paragraph(style="Quote")
            paragraph.add_run(f"{line.name}: ").bold = True
            paragraph.add_run(line.text)
        for label, text in _coaching(story.why, story.importance, ", ".join(story.missing), story.advice):
            paragraph = document.add_paragraph()
            paragraph.add_run(f"{say(f'moment.{label}')}: ").bold = True
            paragraph.add_run(text)
    document.add_heading(say("script.title"), 1)
    for turn in page.turns:
        paragraph = document.add_paragraph()
        paragraph.add_run(f"{turn.clock} {turn.name}: ").bold = True
        paragraph.add_run(_said(turn.lines)).italic = turn.backchannel
    document.add_heading(say("about.title"), 1)
    for caveat in (page.about.made, *page.about.caveats):
        document.add_paragraph(caveat)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _figures(page: Page) -> Iterable[tuple[str, str]]:
    """The first screen's figures with what they say, then the others."""
    for measure in page.headline:
        value = f"{measure.value} {measure.unit}".strip()
        yield measure.name, f"{value} ({measure.detail})"
    for figure in page.figures:
        yield figure.name, figure.value


def _coaching(why: str, importance: str, missing: str, advice: str) -> Iterable[tuple[str, str]]:
    """Labels with texts, those that there are."""
    texts = {"happened": why, "matters": importance, "missing": missing, "try": advice}
    return ((label, text) for label, text in texts.items() if text)


def _said(lines: Sequence[Line]) -> str:
    return " ".join(line.text for line in lines).replace("\u00a0", " ")


def _plain(text: str) -> str:
    """Text in which Markdown sees no marks."""
    return _MARKED.sub(r"\\\1", " ".join(text.split()))
