# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pages refer to is there."""

import pathlib
import re

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
PAGES = sorted([TOP / "README.md", *(TOP / "docs").glob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")


def anchors(page):
    """The headings' names in links, as Git forges make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    missing = []
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            missing.append(link)
    assert not missing


def test_every_page_can_be_found():
    named = set(LINK.findall((TOP / "README.md").read_text(encoding="utf-8")))
    linked = {link.partition("#")[0] for page in PAGES for link in LINK.findall(page.read_text(encoding="utf-8"))}
    pages = {page.name for page in PAGES} - {"README.md"}
    assert pages <= {pathlib.PurePath(link).name for link in named | linked}
