"""The page of evidence in a real browser: on a phone, on a desk, in the dark and on paper; nothing runs, nothing is
loaded, nothing is cut off. EVIDENCE_SCREENSHOTS names a directory to look at pictures in."""

import os
import pathlib
import re
import tempfile

import sample
from browser import Browser
from verifier import KEY, verifier

HERE = pathlib.Path(__file__).resolve().parent

# Name, width, height, dark, phone.
SCREENS = [("phone", 360, 640, False, True), ("narrow", 320, 568, False, True), ("desk", 1280, 900, False, False),
           ("dark", 1280, 900, True, False)]

# Colours as the browser computes them, of each text and what is behind it; WCAG 2.2, 1.4.3.
CONTRAST = """(() => {
  const channel = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const seen = new Set(), poor = [];
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest("style")) continue;
    texts++;
    const ink = getComputedStyle(element).color, paper = behind(element);
    const both = ink + paper;
    if (seen.has(both)) continue;
    seen.add(both);
    const [a, b] = [light(parse(ink)), light(paper)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${ink} on ${paper}: ${walker.currentNode.data.trim().slice(0, 40)}`);
  }
  return {texts, colours: seen.size, poor};
})()"""

# What lies outside of the window to the right, or is cut off in its box.
OVERFLOW = """(() => {
  const out = [...document.querySelectorAll("body *")].filter(e => {
    const style = getComputedStyle(e);
    if (style.clipPath !== "none" || e.closest("caption.said, thead, .skip, svg")) return false;
    return e.getBoundingClientRect().right > innerWidth + 0.5
        || (style.overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1);
  });
  return {page: document.documentElement.scrollWidth, window: innerWidth, out: out.slice(0, 5).map(e => e.outerHTML.slice(0, 200))};
})()"""

STRUCTURE = """(() => {
  const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map(e => Number(e.tagName[1]));
  const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
  return {
    scripts: document.querySelectorAll("script, iframe, object, embed, form, base, [style], link:not([href='data:,'])").length,
    handlers: [...document.querySelectorAll("*")].filter(e => [...e.attributes].some(a => /^on/i.test(a.name))).length,
    images: document.querySelectorAll("img, picture, video, audio, source, image, use").length,
    language: document.documentElement.lang, title: document.title,
    landmarks: ["header", "nav", "main", "footer"].map(name => document.querySelectorAll("body > " + name).length),
    headings, h1: headings.filter(level => level === 1).length,
    jumps: headings.filter((level, i) => i && level > headings[i - 1] + 1).length,
    captions: [...document.querySelectorAll("table")].filter(t => !t.caption || !t.caption.textContent.trim()).length,
    scopes: [...document.querySelectorAll("th")].filter(th => !th.getAttribute("scope")).length,
    twice: ids.length - new Set(ids).size,
    dangling: [...document.querySelectorAll("a[href^='#']")].filter(a => !document.getElementById(a.hash.slice(1))).length,
    unnamed: [...document.querySelectorAll("[role=img], section, nav")].filter(
        e => !e.getAttribute("aria-label") && !document.getElementById(e.getAttribute("aria-labelledby"))).length,
    text: document.body.innerText,
  };
})()"""


def run(tap):
    pictures = os.environ.get("EVIDENCE_SCREENSHOTS")
    with tempfile.TemporaryDirectory(prefix="evidence-") as directory, Browser() as browser:
        directory = pathlib.Path(directory)
        for name in ("pass", "fail", "large"):
            page = directory / f"{name}.html"
            source = HERE / f"golden/{name}.json"
            if name == "large":
                source = directory / "large.json"
                source.write_text(sample.canonical(sample.large()))
                page.write_text(verifier("evidence", "--unsigned", "--html", source).stdout)
            else:
                page.write_text(verifier("evidence", "--key", KEY, "--html", source).stdout)
            screens(tap, browser, name, page.as_uri(), pictures and pathlib.Path(pictures))
            structure(tap, browser, name)
            keyboard(tap, browser, name)
            paper(tap, browser, name, pictures and pathlib.Path(pictures))
        size = (directory / "large.html").stat().st_size
        tap.check(size < 1 << 20, f"page: 1,000 tenants and 40 tables make {size >> 10} KiB, less than 1 MiB")
        hostile(tap, browser, directory)


def screens(tap, browser, name, url, pictures):
    for screen, width, height, dark, phone in SCREENS:
        browser.open(url, width, height, dark, phone)
        requests = [request["request"]["url"] for request in browser.seen("Network.requestWillBeSent")]
        dialogs = browser.seen("Page.javascriptDialogOpening")
        ran = [script["url"] for script in browser.seen("Debugger.scriptParsed") if script["url"].startswith(("file:", "data:"))]
        told = [entry["entry"]["text"] for entry in browser.seen("Log.entryAdded")]
        tap.check(requests == [url] and not dialogs and not ran and not told,
                  f"page: {name} on {screen} loads nothing else, runs nothing and breaks no rule of its own", requests, ran, told)
        over = browser.evaluate(OVERFLOW)
        tap.check(over["page"] <= over["window"] == width and not over["out"], f"page: {name} on {screen} fits {width} pixels", over)
        contrast = browser.evaluate(CONTRAST)
        tap.check(contrast["texts"] > 200 and contrast["colours"] > 4 and not contrast["poor"],
                  f"page: {name} on {screen} has contrast for all of its texts", *contrast["poor"][:9])
        if pictures:
            pictures.mkdir(parents=True, exist_ok=True)
            browser.screenshot(pictures / f"{name}-{screen}.png", whole=name != "large")


def structure(tap, browser, name):
    made = browser.evaluate(STRUCTURE)
    none = {key: made[key] for key in ("scripts", "handlers", "images", "jumps", "captions", "scopes", "twice", "dangling", "unnamed")}
    tap.check(not any(none.values()) and made["h1"] == 1 and made["landmarks"] == [1, 1, 1, 1] and made["language"] == "en",
              f"page: {name} has landmarks, headings in order, captions, scopes and names", none, made["landmarks"])
    word = "passed" if name == "pass" else "failed"
    tap.check(f"Tenant isolation: {word}" in made["text"] and made["title"].endswith(f": {word}"), f"page: {name} says its verdict")


def keyboard(tap, browser, name):
    """The first key leads to the summary, and each link can be seen to have the focus."""
    press = lambda key, code: [browser.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code,
                                            **({"text": "\r"} if key == "Enter" and kind == "keyDown" else {}))
                               for kind in ("keyDown", "keyUp")]
    browser.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    press("Tab", 9)
    first = browser.evaluate("document.activeElement.matches('.skip') && document.activeElement.getBoundingClientRect().left >= 0")
    press("Tab", 9)
    focus = browser.evaluate("(() => { const e = document.activeElement; return e.matches('a[href^=\"#\"]') && "
                             "getComputedStyle(e).outlineStyle !== 'none' && parseFloat(getComputedStyle(e).outlineWidth) >= 2 })()")
    tap.check(first and focus, f"page: {name} is used with a keyboard", first, focus)


def paper(tap, browser, name, pictures):
    browser.media(paper=True)
    contrast = browser.evaluate(CONTRAST)
    tap.check(not contrast["poor"], f"page: {name} on paper has contrast for all of its texts", *contrast["poor"][:9])
    printed = browser.pdf()
    if pictures:
        (pictures / f"{name}.pdf").write_bytes(printed)
    boxes = set(re.findall(rb"/MediaBox ?\[([^]]*)\]", printed))
    a4 = all(abs(float(box.split()[2]) - 595) < 2 and abs(float(box.split()[3]) - 842) < 2 for box in boxes)
    pages = len(re.findall(rb"/Type ?/Page\b", printed))
    most = 200 if name == "large" else 30
    tap.check(printed.startswith(b"%PDF") and boxes and a4 and 3 < pages < most, f"page: {name} is {pages} pages of A4", boxes)


def hostile(tap, browser, directory):
    """The policy of the page holds even where its escaping would not: what is written into it by hand does not run."""
    text = (directory / "fail.html").read_text()
    broken = directory / "broken.html"
    broken.write_text(text.replace("<main>", "<main><script>document.title = 'ran'</script><img src=x onerror=\"document.title = 'ran'\">"
                                             "<style>body { display: none }</style>", 1))
    browser.open(broken.as_uri(), 1280, 900)
    title, shown = browser.evaluate("document.title"), browser.evaluate("getComputedStyle(document.body).display")
    tap.check(title.endswith("failed") and shown == "block" and len(browser.seen("Log.entryAdded")) >= 3,
              "page: markup that is put into it neither runs nor loads nor restyles", title, shown)
