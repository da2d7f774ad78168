"""The report of a call as the pages show it, and its sound."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from analyser import __version__
from analyser.errors import StorageError
from analyser.records import Analysis, Tally
from analyser.report.render import hosted_policy, render
from analyser.storage import read_record, to_json, write_atomic
from analyser.web import vault
from analyser.web.access import find_call, record
from analyser.web.config import WebConfig
from analyser.web.earlier import earlier_calls, earlier_tallies
from analyser.web.guard import POLICY
from analyser.web.identity import who
from analyser.web.reviewing import find
from analyser.web.site import LANGUAGES, language, site
from analyser.web.tables import Call
from analyser.workspace import PLAYABLE

KEPT = ".report-"
"""how pages that were made begin; they lie in the call's folder, so that whatever deletes it takes them along"""
COPY = "recording.ogg"
"""a recording as browsers play it, where they do not play the original"""
TYPES = {
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".mp4": "audio/mp4",
    ".mov": "audio/mp4",
    ".aac": "audio/aac",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".flac": "audio/flac",
    ".webm": "audio/webm",
}
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
FRAMED = "; ".join(part for part in POLICY.split("; ") if part.startswith("frame-ancestors"))
_MAKING = Lock()
"""one report is made at a time: each takes a processor and much memory"""


def report(request: Request) -> Response:
    """The report as a page in a page of ours, in the language of the pages or that asked for."""
    config = site(request).config
    code = request.query_params.get("language", "")
    masked = request.query_params.get("masked", "") == "1"
    with site(request).database.read() as session:
        # Without its words a call still has figures to show.
        call = find(session, request, analysed=False)
        if call.state != "done":
            raise HTTPException(409)
        before = earlier_calls(session, who(request), call)
    page = hosted_page(
        config, call, earlier_tallies(config, before), code if code in LANGUAGES else language(request), masked=masked
    )
    with site(request).database.write() as session:
        record(session, request, "report.open", call=call.key, detail="masked" if masked else "")
    return HTMLResponse(page, headers={"content-security-policy": f"{hosted_policy()}; {FRAMED}"})


def hosted_page(config: WebConfig, call: Call, earlier: Sequence[Tally], code: str, *, masked: bool = False) -> bytes:
    """The report, from the call's folder where it was made before from the same.

    Raises StorageError when the analysis cannot be read.
    """
    folder = config.calls / call.key
    name = playable(config, call)
    try:
        status = (folder / "analysis.json").stat()
    except OSError as error:
        raise StorageError("The analysis of this call is not there any more.") from error
    parts = (
        __version__,
        hosted_policy(),
        status.st_mtime_ns,
        status.st_size,
        code,
        masked,
        name,
        call.client,
        call.seller,
    )
    key = hashlib.sha256("\n".join([*map(str, parts), *map(to_json, earlier)]).encode()).hexdigest()[:24]
    path = folder / f"{KEPT}{key}.html"

    with suppress(OSError):
        return path.read_bytes()
    with _MAKING:
        # Somebody who asked for it a moment before may have made it.
        with suppress(OSError):
            return path.read_bytes()
        analysis = read_record(Analysis, folder / "analysis.json")
        if masked:
            analysis = _masked(analysis, call)
        # A voice is as telling as a name, and the sound says the names aloud.
        sound = "audio" if name and not masked else None
        page = render(analysis, language=code, audio=sound, earlier=earlier, hosted=True).encode()
        _keep(path, page, status.st_mtime_ns)
        return page


def _masked(analysis: Analysis, call: Call) -> Analysis:
    from analyser.web.masking import mask_analysis

    return mask_analysis(analysis, names=tuple(name for name in (call.client, call.seller) if name))


def _keep(path: Path, page: bytes, stamp: int) -> None:
    """Keep a page that was made, in place of those of an older analysis; a page that cannot be kept is made again."""
    for old in path.parent.glob(f"{KEPT}*.html"):
        with suppress(OSError):
            if old.stat().st_mtime_ns < stamp:
                old.unlink()
    # Only where the call still is: one that is being deleted must leave nothing.
    if (path.parent / "analysis.json").is_file():
        with suppress(StorageError):
            write_atomic(path, page)


def playable(config: WebConfig, call: Call) -> str:
    """The file in a call's folder that browsers play; empty where there is none."""
    if call.sound_deleted is not None:
        return ""
    names = [call.recording] if Path(call.recording).suffix.lower() in PLAYABLE else [COPY]
    return next((name for name in names if (config.calls / call.key / name).is_file()), "")


def audio(request: Request) -> Response:
    """The sound of a call, or the part of it that the player asks for."""
    config = site(request).config
    with site(request).database.read() as session:
        call = find_call(session, who(request), request.path_params["key"])
    name = playable(config, call)
    if not name:
        raise HTTPException(404)
    folder = config.calls / call.key
    size = vault.size(config, folder, name)
    headers = {"accept-ranges": "bytes", "content-disposition": "inline"}
    wanted = request.headers.get("range")
    start, end = 0, size
    if wanted:
        found = part_of(wanted, size)
        if found is None:
            return Response(status_code=416, headers={"content-range": f"bytes */{size}"})
        start, end = found
        headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    headers["content-length"] = str(end - start)
    if start == 0 and request.method == "GET":
        with site(request).database.write() as session:
            record(session, request, "audio.play", call=call.key)
    kind = TYPES.get(Path(name).suffix.lower(), "application/octet-stream")
    body: Iterator[bytes] = iter(()) if request.method == "HEAD" else vault.stream(config, folder, name, start, end)
    return StreamingResponse(body, 206 if wanted else 200, headers, media_type=kind)


def part_of(wanted: str, size: int) -> tuple[int, int] | None:
    """First and one past the last byte that a Range header asks for; None where it asks for what is not there.

    Of several parts only one that is alone is understood (RFC 9110 lets a server choose).
    """
    match = RANGE.fullmatch(wanted.strip())
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        start, end = max(0, size - int(match[2])), size
    else:
        start, end = int(match[1]), min(size, int(match[2]) + 1 if match[2] else size)
    return (start, end) if start < end else None


routes = [
    Route("/calls/{key}/report", report),
    Route("/calls/{key}/audio", audio),
]
