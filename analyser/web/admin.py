"""The hub for admins: ways to what they look after, and how the app is doing."""

from __future__ import annotations

import shutil

from sqlalchemy import func, select
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from analyser import __version__
from analyser.web.access import need_admin
from analyser.web.site import page, site
from analyser.web.tables import Call, User

WAYS = ("users", "scorecards", "audit", "tokens", "webhooks")


def admin_page(request: Request) -> Response:
    """What an admin looks after."""
    need_admin(request)
    here = site(request)
    with here.database.read() as session:
        states = select(Call.state, func.count()).group_by(Call.state)
        counts = dict(session.execute(states).all())
        users = session.scalars(select(User.name).order_by(User.name)).all()
    disk = shutil.disk_usage(here.config.workspace)
    deleted = request.query_params.get("deleted", "")
    return page(
        request,
        "admin.html",
        ways=WAYS,
        counts=counts,
        users=users,
        free=disk.free / (1 << 30),
        total=disk.total / (1 << 30),
        short=disk.free < here.config.reserve,
        version=__version__,
        database=here.database.engine.dialect.name,
        encrypted=here.config.key_file is not None,
        retention={
            "recording": here.config.retention_recording,
            "transcript": here.config.retention_transcript,
            "call": here.config.retention_call,
        },
        deleted=int(deleted) if deleted.isascii() and deleted.isdigit() and len(deleted) < 7 else None,
    )


routes = [Route("/admin", admin_page)]
