#!/usr/bin/env python3
"""A container engine that runs nothing in a container: what is mounted is copied into a folder that stands for the
container's file system, and the real cask is started there with the container's words and variables and no others.
It knows the options that cask uses and refuses all else, as an engine would. Beside it lie `calls.jsonl`, which it
writes, and what a test says: `cask` (a link to the program), `no-image`, `broken`, `tamper.py`."""

import json
import os
import shutil
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
FLAGS = {"--rm", "--interactive", "--read-only", "--cap-drop=ALL"}
VALUES = {"--name", "--pull", "--security-opt", "--pids-limit", "--log-driver", "--user", "--userns", "--mount", "--env",
          "--entrypoint"}


def beside(name):
    return os.path.join(HERE, name)


def run(args):
    given, variables = {}, {}
    mounts = []
    while args and args[0].startswith("--"):
        option = args.pop(0)
        if option in FLAGS:
            given[option] = True
        elif option in VALUES:
            value = args.pop(0)
            if option == "--mount":
                mounts.append(value)
            elif option == "--env":
                name, is_said, said = value.partition("=")
                if is_said or name in os.environ:
                    variables[name] = said if is_said else os.environ[name]
            else:
                given[option] = value
        else:
            sys.exit(f"unknown flag: {option}")
    args.pop(0)
    root = beside("root-" + given["--name"])
    # Nearer to the root first: one may lie in another.
    for mount in sorted(mounts, key=lambda text: text.count("/")):
        parts = dict(part.partition("=")[::2] for part in mount.split(","))
        source, target = parts["source"], parts["target"]
        if not os.path.exists(source):
            sys.exit(125)
        if target == "/work" or target.startswith("/work/"):
            to = root + target
            os.makedirs(os.path.dirname(to), exist_ok=True)
            shutil.copytree(source, to) if os.path.isdir(source) else shutil.copy(source, to)
        elif source != target:
            sys.exit(125)

    def inside(text):
        return root + text if text == "/work" or text.startswith("/work/") else text

    if os.path.exists(beside("tamper.py")):
        exec(open(beside("tamper.py")).read(), {"work": root + "/work"})
    with open(beside("pid-" + given["--name"]), "w") as file:
        file.write(str(os.getpid()))
    os.chdir(root + "/work")
    variables = {name: inside(value) for name, value in variables.items()}
    os.execve(beside("cask"), ["cask"] + [inside(word) for word in args], variables)


def main(args):
    with open(beside("calls.jsonl"), "a") as calls:
        calls.write(json.dumps(args) + "\n")
    what = args.pop(0)
    if what == "info":
        if os.path.exists(beside("broken")):
            sys.exit("Cannot connect to the daemon")
    elif what == "image":
        sys.exit(1 if os.path.exists(beside("no-image")) else 0)
    elif what == "stop":
        with open(beside("pid-" + args[-1])) as file:
            os.kill(int(file.read()), signal.SIGTERM)
    elif what == "run":
        run(args)
    else:
        sys.exit(125)


main(sys.argv[1:])
