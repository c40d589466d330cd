"""How many frames a second the playground shows while it trains, by the size of the network, in Chromium.

python benchmarks/playground.py [CHROMIUM]
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import tinygrad_edu as tg

NETWORKS = {
    "2-8-8-1, tanh, ten batches of ten": "8:tanh,8:tanh",
    "six layers of 8, tanh": ",".join(["8:tanh"] * 6),
    "six layers of 8, gelu": ",".join(["8:gelu"] * 6),
}
SECONDS = 5
FRAMES = """seconds => new Promise((done) => {
  const start = performance.now();
  let frames = 0;
  const frame = (now) => {
    frames += 1;
    if (now - start < 1000 * seconds) requestAnimationFrame(frame);
    else done(frames / seconds);
  };
  document.getElementById('play').click();
  requestAnimationFrame(frame);
})"""


def main():
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "playground.html"
        tg.playground(path)
        browser = playwright.chromium.launch(
            executable_path=sys.argv[1] if len(sys.argv) > 1 else "/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        for name, layers in NETWORKS.items():
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(f"{path.as_uri()}#batch=10&layers={layers}")
            frames = page.evaluate(FRAMES, SECONDS)
            epochs = int(page.locator("#epoch").inner_text())
            print(f"{name:36} {frames:5.1f} frames a second, {epochs / SECONDS:5.1f} epochs a second")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
