"""What the tests share: tools that are not Python's. A test that needs one is skipped where it is missing, unless
TINYGRAD_EDU_REQUIRE (names with commas) says that it must be there: then the test fails."""

import gc
import os
import shutil
import subprocess

import pytest
from browsing import FLAGS


def pytest_collection_finish() -> None:
    """What was loaded until here stays: the collector, which these tests keep busy, need not look at it again."""
    gc.collect()
    gc.freeze()


REQUIRED = [name for name in os.environ.get("TINYGRAD_EDU_REQUIRE", "").split(",") if name]


def _tool(name: str, *question: str) -> str:
    """The path of a program that answers `question`."""
    path = shutil.which(name)
    reason = f"{name} is not installed"
    if path is not None:
        try:
            done = subprocess.run([path, *question], capture_output=True, timeout=60, check=False)
            reason = f"{name} does not start: {done.stderr.decode(errors='replace')[-200:]}" if done.returncode else ""
        except (OSError, subprocess.TimeoutExpired) as error:
            reason = f"{name} does not start: {error}"
    if reason:
        (pytest.fail if name in REQUIRED else pytest.skip)(reason)
    assert path is not None
    return path


@pytest.fixture(scope="session")
def dot() -> str:
    """The path of Graphviz's layout program."""
    return _tool("dot", "-V")


@pytest.fixture
def without_graphviz(monkeypatch):
    """A machine on which nothing of Graphviz is installed."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("tinygrad_edu.picture.layout.find_spec", lambda name: None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a real browser."""
    return _tool("chromium", "--version")


@pytest.fixture(scope="module")
def browser(chromium):
    """The browser, started once for a file of tests: its loop would be in the way of others."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()
