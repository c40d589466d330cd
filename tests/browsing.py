"""Pages opened in a real browser from a file, with the network cut."""

from pathlib import Path

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


class Visit:
    """A page opened offline, and everything it complained about or asked for."""

    def __init__(self, browser, path, fragment="", **settings):
        self.said = []
        context = browser.new_context(offline=True, **settings)
        self.page = context.new_page()
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        self.page.on(
            "request", lambda request: request.url.startswith(("file:", "data:")) or self.said.append(request.url)
        )
        self.page.goto(Path(path).as_uri() + fragment)

    def press(self, key, times=1):
        for _ in range(times):
            self.page.keyboard.press(key)
