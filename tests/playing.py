"""What tests ask of a playground in a browser."""

DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


def state(page):
    return page.evaluate("playground.state()")


def explained(page):
    """The terms and the sum that are shown."""
    terms = page.evaluate("[...document.querySelectorAll('#explain [data-term]')].map((e) => Number(e.dataset.term))")
    return terms, float(page.locator("#explain [data-sum]").get_attribute("data-sum"))
