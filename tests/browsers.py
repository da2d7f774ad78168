"""What tests of the pages share beside fixtures: where the app is asked, a password, a typed conversation."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.testclient import TestClient

BASE = "http://127.0.0.1:8000"
PASSWORD = "a long enough password"
TYPED = """# id: typed
# language: nl
# setting: verkoper van software spreekt met een groothandel
# style: u
S\tsmall_talk\tGoedemorgen, fijn dat u tijd heeft.
C\tsmall_talk\tGoedemorgen, geen probleem.
S\topen_question,ask_situation\tVertelt u eens, hoe werkt u nu?
C\tsituation\tWe doen alles met de hand, in Excel.
C\tneed\tEn daar gaat elke week wel iets in mis, daar lig ik wakker van.
S\tsummary\tDus als ik het goed hoor, kost dat handwerk u uw nachtrust.
C\tconfirm\tJa, dat is precies wat ik bedoel.
C\tinvite\tWat zou u dan voorstellen?
S\tpitch\tWij hebben een pakket dat uw voorraad automatisch bijhoudt.
C\tbackchannel\tHm-hm.
S\tnext_step\tZullen we volgende week verder praten?
C\tnext_step\tJa, graag.
"""


def browser(app: Starlette) -> TestClient:
    """A browser that says where its changes come from, as all do."""
    return TestClient(app, base_url=BASE, headers={"origin": BASE}, follow_redirects=False)
