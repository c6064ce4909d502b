#!/usr/bin/env python3
"""Writes each workflow that a page shows into a file of its own, so that it is checked like one that runs.

    examples.py FOLDER PAGE...
"""
import pathlib
import re
import sys

folder, pages = pathlib.Path(sys.argv[1]), sys.argv[2:]
for page in pages:
    text = pathlib.Path(page).read_text(encoding="utf-8")
    for block in re.finditer(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if not re.search(r"^on:", block[1], re.MULTILINE):
            continue
        line = text.count("\n", 0, block.start()) + 1
        # Pages name no commit of ours that is not there yet.
        workflow = block[1].replace("@COMMIT", "@" + "0" * 40)
        (folder / f"{pathlib.Path(page).stem}-line-{line}.yml").write_text(workflow, encoding="utf-8")
