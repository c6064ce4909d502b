"""Pages of HTML in, as a JSON list on standard input; their outlines out. Python's own parser reads them."""

import json
import sys
from html.parser import HTMLParser

VOID = {"meta", "input", "br", "circle", "path"}


class Outline(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open = []
        self.shape = []
        self.inside = set()
        self.attributes = []
        self.ids = []
        self.links = []
        self.text = []
        self.other = []
        self.policy = ""
        self.title = ""

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if len(given) != len(attrs):
            self.other.append(f"an attribute twice in <{tag}>")
        self.attributes += [f"{tag} {name}" for name in given]
        if "id" in given:
            self.ids.append(given["id"])
        if "href" in given:
            self.links.append(given["href"])
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]
        # The lines of a difference are as many as its text is long, a decision in plain words is set in bold,
        # and hidden characters are marked.
        if any(name == "table" and kind in ("diff", "effects") for name, kind in self.open):
            self.inside.add(tag)
        elif given.get("class") not in ("inv", "hex") and tag != "a":
            self.shape.append(tag)
        if tag not in VOID:
            self.open.append((tag, given.get("class") or ""))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open[-1][0] != tag:
            self.other.append(f"</{tag}> closes {self.open[-1:]}")
        else:
            self.open.pop()

    def handle_data(self, data):
        tags = [name for name, _ in self.open]
        if "title" in tags:
            self.title += data
        if "style" not in tags and "script" not in tags:
            self.text.append(data)

    def handle_comment(self, data):
        self.other.append("a comment")

    def unknown_decl(self, data):
        self.other.append("a declaration")

    def handle_pi(self, data):
        self.other.append("an instruction")


def outline(page):
    reader = Outline()
    reader.feed(page)
    reader.close()
    return {
        "shape": reader.shape,
        "inside": sorted(reader.inside),
        "attributes": sorted(set(reader.attributes)),
        "ids": reader.ids,
        "links": reader.links,
        "text": "".join(reader.text),
        "other": reader.other + [f"<{name}> is not closed" for name, _ in reader.open],
        "policy": reader.policy,
        "title": reader.title,
    }


json.dump([outline(page) for page in json.load(sys.stdin)], sys.stdout)
