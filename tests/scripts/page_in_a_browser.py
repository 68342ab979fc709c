"""Opens the page of `gibbs page` from disk in Chromium, and moves its temperature by keyboard, mouse, touch and address.

Needs Debian's `chromium` and `chromium-driver`; with `--axe FILE` (axe.min.js of the npm package axe-core) it also looks for faults of
accessibility. Exits 0 if all checks hold.

    python3 tests/scripts/page_in_a_browser.py --gibbs target/release/gibbs [--axe axe.min.js] [--screenshots FOLDER]
"""

import argparse
import base64
import csv
import io
import json
import math
import pathlib
import subprocess
import tempfile
import time
import urllib.request

LAST = "∞"
KEYS = {"home": "\ue011", "end": "\ue010", "left": "\ue012", "right": "\ue014"}
WIDTHS = (390, 800, 1440)
# Where the rules of accessibility are tried: they take half a minute each.
JUDGED = (("light", 390), ("dark", 1440))
failures = []


def check(holds, what):
    print(("ok    " if holds else "FAILED ") + what)
    if not holds:
        failures.append(what)


class Browser:
    """A session of Chromium, by the WebDriver protocol."""

    def __init__(self, scripts=True):
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                self.root = "http://127.0.0.1:" + line.split("port")[-1].strip(" .\n")
                break
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]}
        if not scripts:
            options["prefs"] = {"profile.managed_default_content_settings.javascript": 2}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        created = self.send("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.root += "/session/" + created["sessionId"]
        self.send("POST", "/timeouts", {"script": 120_000})

    def send(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.root + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=120) as response:
            return json.load(response)["value"]

    def open(self, url):
        self.send("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        return self.send("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def run_later(self, script, *arguments):
        return self.send("POST", "/execute/async", {"script": script, "args": list(arguments)})

    def find(self, selector):
        return next(iter(self.send("POST", "/element", {"using": "css selector", "value": selector}).values()))

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0]).textContent", selector)

    def keys(self, selector, keys):
        self.send("POST", f"/element/{self.find(selector)}/value", {"text": keys})

    def click(self, selector):
        element = self.find(selector)
        self.run("document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", selector)
        self.send("POST", f"/element/{element}/click", {})

    def press(self, selector, share, kind="mouse"):
        """Presses a point at a share of the width of an element."""
        self.run("document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", selector)
        x, y = self.run(
            "const a = document.querySelector(arguments[0]).getBoundingClientRect();"
            "return [a.left + arguments[1] * a.width, a.top + a.height / 2]",
            selector,
            share,
        )
        steps = [
            {"type": "pointerMove", "duration": 0, "x": round(x), "y": round(y), "origin": "viewport"},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        action = {"type": "pointer", "id": kind, "parameters": {"pointerType": kind}, "actions": steps}
        self.send("POST", "/actions", {"actions": [action]})

    def log(self, kind):
        return self.send("POST", "/se/log", {"type": kind})

    def command(self, name, **parameters):
        return self.send("POST", "/goog/cdp/execute", {"cmd": name, "params": parameters})

    def close(self):
        try:
            self.send("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()


def rows(gibbs, *arguments):
    out = subprocess.run([gibbs, *arguments, "--format", "csv", "--quiet"], capture_output=True, text=True, check=True)
    return list(csv.DictReader(io.StringIO(out.stdout)))


def agree(shown, exact):
    """Whether a number rounded to six digits is the exact one."""
    return math.isclose(float(shown), float(exact), rel_tol=5.1e-6, abs_tol=1e-9)


def check_values(browser, gibbs, prompts, shown):
    """The numbers on the page are those that the program prints."""
    temperature = {LAST: "inf"}.get(shown, shown)
    cell = lambda subject, column: browser.run(
        "return document.querySelectorAll('[data-subject]')[arguments[0]].querySelectorAll('td')[arguments[1]].textContent",
        subject,
        column,
    )
    names = browser.run("return [...document.querySelectorAll('[data-subject] th')].map((cell) => cell.textContent)")
    # The ground states lie at 0, at -5/2 and at -2 a site.
    for name, system, zero in [
        ("two-level", ["two_level"], 0.0),
        ("paramagnet, spin 5/2", ["paramagnet", "spin=5/2"], -2.5),
        ("Ising, 8 x 8, per site", ["ising", "l=8", "--per-site"], -2.0),
    ]:
        [exact] = rows(gibbs, "exact", *system, "-T", temperature)
        subject = names.index(name)
        per_site = "_per_site" if "--per-site" in system else ""
        for column, value in [
            (0, float(exact["energy" + per_site]) - zero),
            (2, exact["entropy" + per_site]),
            (4, exact["heat_capacity" + per_site]),
        ]:
            got = cell(subject, column)
            check(agree(got, value), f"T = {shown}: {name}, column {column}: {got} on the page, {value} exact")
    for k, prompt in enumerate(prompts):
        [exact, ground] = rows(gibbs, "tokens", "curve", "--prompt", prompt, "-T", f"{temperature},0")[:2] \
            if temperature != "0" else rows(gibbs, "tokens", "curve", "--prompt", prompt, "-T", "0") * 2
        subject = names.index(prompt)
        for column, value in [
            (0, float(exact["energy"]) - float(ground["energy"])),
            (2, exact["entropy"]),
            (4, exact["heat_capacity"]),
        ]:
            got = cell(subject, column)
            check(agree(got, value), f"T = {shown}: “{prompt}”, column {column}: {got} on the page, {value} exact")
    # The bars are those probabilities whose entropy the page states.
    total = browser.run(
        "return [...document.querySelectorAll('#bars .count')].reduce((sum, at) => sum + parseFloat(at.textContent), 0)"
    )
    check(0.0 < total <= 100.01, f"T = {shown}: the likeliest tokens have {total:.4g} % together")


def check_page(browser, gibbs, url):
    started = time.monotonic()
    browser.open(url)
    ready = browser.run(
        "const t = performance.getEntriesByType('navigation')[0]; return t.domContentLoadedEventEnd"
    )
    print(f"      interactive after {ready:.0f} ms by the browser's clock, {time.monotonic() - started:.2f} s here")
    slider = "#slider"
    shown = lambda: browser.text("#temperature").removeprefix("T = ")
    prompts = browser.run("return [...document.querySelectorAll('#prompt option')].map((at) => at.textContent)")
    check(shown() == "1", "the page begins at T = 1")
    check_values(browser, gibbs, prompts[:2], "1")
    browser.keys(slider, KEYS["home"])
    check(shown() == "0", "Home: T = 0")
    check(browser.text("#bars .count") == "100 %", "T = 0: the most likely token is certain")
    check(browser.run("return document.querySelector('[data-filling] li:last-child .count').textContent") == "100",
          "T = 0: all particles are in the lowest level")
    check_values(browser, gibbs, prompts[:2], "0")
    browser.keys(slider, KEYS["end"])
    check(shown() == LAST, "End: T = ∞")
    check(browser.run("return document.querySelector('#slider').getAttribute('aria-valuetext')") == "infinity",
          "screen readers hear “infinity”")
    check_values(browser, gibbs, prompts[:2], LAST)
    browser.keys(slider, KEYS["left"])
    check(shown() == "100", "left arrow: T = 100")
    for t in ("5", "1"):
        browser.click(f'.marks button[aria-label="Set T to {t}"]')
        check(shown() == t, f"button: T = {t}")
        check(browser.run("return location.hash").startswith(f"#T={t}"), f"the address says T = {t}")
    browser.click('.marks button[aria-label="Set T to 5"]')
    check_values(browser, gibbs, prompts[:2], "5")
    for kind in ("mouse", "touch"):
        browser.run("document.querySelector('#slider').value = 0")
        browser.press(slider, 0.5, kind)
        check(shown() not in ("0", LAST, "5"), f"{kind} on the slider: T = {shown()}")
    browser.press(".chart svg", 0.25, "touch")
    check(float(shown()) > 0, f"a touch on a chart chooses its temperature: {shown()}")
    browser.press(".chart svg", 0.25)
    first = shown()
    browser.press(".chart svg", 0.15)
    check(float(shown()) < float(first), f"a press on a chart chooses its temperature: {shown()} left of {first}")
    places = browser.run(
        "return [...document.querySelectorAll('[data-chart] .cursor')].map((at) => Number(at.getAttribute('x1')))"
    )
    check(len(set(places)) > 1, "the cursors of the panels stand at their own places")
    # Another prompt.
    before = browser.text("#bars .token")
    browser.run(
        "const at = document.querySelector('#prompt'); at.value = '2'; at.dispatchEvent(new Event('change'))"
    )
    check(browser.text("#prompt-name") == prompts[2] and browser.text("#bars .token") != before, "another prompt")
    check("prompt=2" in browser.run("return location.hash"), "the address says which prompt")
    browser.open(url + "#T=0.5&prompt=1")
    browser.run("location.reload()")
    time.sleep(0.5)
    check(shown() == "0.5" and browser.text("#prompt-name") == prompts[1], "an address with T and prompt is opened there")
    browser.run("location.hash = 'T=2'")
    time.sleep(0.2)
    check(shown() == "2" and browser.text("#prompt-name") == prompts[1], "an address with T alone keeps the prompt")
    browser.run("location.hash = 'T=2.25'")
    time.sleep(0.2)
    check(browser.run("return location.hash").startswith("#T=2&"), "the address says what is shown")
    colours = set()
    for t in ("0.5", "1", "2", "10"):
        browser.run("location.hash = arguments[0]", f"T={t}")
        time.sleep(0.1)
        colours.add(browser.run("return document.querySelector('#glow').style.background"))
    check(len(colours) == 4, f"the body changes its colour: {colours}")
    # Nothing was asked of anyone, and nothing went wrong.
    errors = [entry["message"] for entry in browser.log("browser")]
    check(not errors, f"no message on the console {errors}")
    events = [json.loads(entry["message"])["message"] for entry in browser.log("performance")]
    sent = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    foreign = [address[:80] for address in sent if not address.startswith(("file:", "data:"))]
    check(not foreign, f"no request to anywhere {foreign}")


def look(browser, url, axe, screenshots):
    """Sizes and schemes: nothing wider than the screen, no fault of accessibility."""
    for scheme in ("light", "dark"):
        browser.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        for width in WIDTHS:
            browser.command(
                "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500
            )
            browser.open("about:blank")
            browser.open(url + "#T=1")
            wide = browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
            check(wide <= 0, f"{scheme}, {width} px: nothing stands out of the page ({wide} px)")
            if axe and (scheme, width) in JUDGED:
                browser.run(axe)
                found = browser.run_later(
                    "const done = arguments[arguments.length - 1]; axe.run({exclude: ['svg *']}).then((found) => done(found.violations.map("
                    "(v) => [v.impact, v.id, v.help, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 120))])))"
                )
                serious = [fault for fault in found if fault[0] in ("serious", "critical")]
                check(not serious, f"{scheme}, {width} px: no serious fault of accessibility {serious}")
                for fault in found:
                    print(f"      axe: {fault[:3]}")
            if screenshots:
                taken = browser.command("Page.captureScreenshot", captureBeyondViewport=True, format="png")
                screenshots.mkdir(parents=True, exist_ok=True)
                (screenshots / f"{scheme}_{width}.png").write_bytes(base64.b64decode(taken["data"]))


def check_without_scripts(url):
    browser = Browser(scripts=False)
    try:
        browser.open(url)
        drawn = len(browser.send("POST", "/elements", {"using": "css selector", "value": "figure svg"}))
        control = browser.find("#control")
        check(drawn >= 5, f"without JavaScript there are {drawn} figures")
        check(not browser.send("GET", f"/element/{control}/displayed"), "without JavaScript there is no dead slider")
        words = browser.send("GET", f"/element/{browser.find('main')}/text")
        check("Absolute zero is greedy decoding" in words and "19.41 %" not in words[:200], "the article can be read")
    finally:
        browser.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gibbs", default="target/release/gibbs")
    parser.add_argument("--axe", type=pathlib.Path)
    parser.add_argument("--screenshots", type=pathlib.Path)
    args = parser.parse_args()
    gibbs = str(pathlib.Path(args.gibbs).resolve())
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([gibbs, "page", "--out", folder, "--quiet"], check=True, stdout=subprocess.DEVNULL)
        page = pathlib.Path(folder) / "report.html"
        size = page.stat().st_size
        check(size < 3_000_000, f"the page has {size / 1e6:.2f} MB")
        url = page.as_uri()
        browser = Browser()
        try:
            check_page(browser, gibbs, url)
            look(browser, url, args.axe.read_text() if args.axe else None, args.screenshots)
        finally:
            browser.close()
        check_without_scripts(url)
    print(f"\n{len(failures)} checks failed" if failures else "\nall checks hold")
    raise SystemExit(1 if failures else 0)


if __name__ == "__main__":
    main()
