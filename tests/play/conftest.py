"""The playground opened in a real browser."""

import pytest
from browsing import Visit
from playing import DESK

import tinygrad_edu as tg


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("play") / "play.html"
    tg.playground(path)
    assert path.stat().st_size < 1.5e6
    return path


@pytest.fixture
def visit(browser, file):
    opened = []

    def opening(fragment="", path=file, size=DESK, **settings):
        opened.append(Visit(browser, path, fragment, viewport=size, **settings))
        return opened[-1].page

    yield opening
    said = [each.said for each in opened]
    for each in opened:
        each.page.context.close()
    assert not any(said), said
