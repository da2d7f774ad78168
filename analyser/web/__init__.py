"""The team's pages: upload after a meeting, read a report, work through it together.

Starlette under uvicorn: uploads of gigabytes are streamed to disk and two people see each other's comments at once,
which wants an asynchronous server; everything else runs as plain functions in its threads. There is no build of
JavaScript: what pages need stands in ``static``.
"""
