"""What MCP clients and their registry are given of a release: the program of a target as a bundle that a client
installs, and server.json, which says where each bundle lies and what it hashes to.

Both launch the program alike, so what they launch stands here once. The same program gives the same bytes.
"""
import io
import json
import pathlib
import time
import zipfile

# What a client starts: these words, and then options with what its user names: kind, title, what it is. A client works
# in a folder of its own, so it has to be told where the state lies.
COMMAND = ["mcp", "serve"]
OPTIONS = {
    "--toolpack": ("file", "Toolpack", "The toolpack.yaml whose approved tools are served"),
    "--root": ("directory", "State", "The .caskmcp folder of its repository: the audit log, and calls that wait for a person"),
}

# What a bundle calls the system of a target, by the third word of its name.
PLATFORMS = {"darwin": "darwin", "windows": "win32", "linux": "linux"}


def server() -> dict:
    """server.json as it stands in the tree: no package, since a tree is no release."""
    return json.loads(pathlib.Path("server.json").read_text(encoding="utf-8"))


def name(version: str, target: str) -> str:
    return f"cask-{version}-{target}.mcpb"


def manifest(version: str, target: str, program: str) -> dict:
    """What a client reads of a bundle before it starts anything of it."""
    about, inside, args, asked = server(), f"server/{program}", [*COMMAND], {}
    for option, (kind, title, meant) in OPTIONS.items():
        key = option.removeprefix("--")
        args += [option, f"${{user_config.{key}}}"]
        asked[key] = {"type": kind, "title": title, "description": meant, "required": True}
    return {
        "manifest_version": "0.3",
        "name": "cask",
        "version": version,
        "description": about["description"],
        "author": {"name": "cask"},
        "repository": {"type": "git", "url": about["repository"]["url"]},
        "license": "MIT",
        "server": {
            "type": "binary",
            "entry_point": inside,
            "mcp_config": {"command": "${__dirname}/" + inside, "args": args},
        },
        # Which tools there are is said by the toolpack.
        "tools_generated": True,
        "compatibility": {"platforms": [PLATFORMS[target.split("-")[2]]]},
        "user_config": asked,
    }


def bundle(version: str, target: str, program: str, data: bytes, epoch: int) -> bytes:
    """Manifest, licence and program, of this moment and of nobody."""
    text = json.dumps(manifest(version, target, program), indent=2) + "\n"
    members = [
        ("manifest.json", text.encode(), 0o644),
        ("LICENSE", pathlib.Path("LICENSE").read_bytes(), 0o644),
        (f"server/{program}", data, 0o755),
    ]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, content, mode in members:
            member = zipfile.ZipInfo(path, time.gmtime(epoch)[:6])
            # As Unix writes it, wherever this runs: elsewhere the mode would be lost.
            member.create_system, member.external_attr = 3, (0o100000 | mode) << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, content)
    return packed.getvalue()


def listed(version: str, hashes: dict[str, str]) -> str:
    """server.json of a release, by the hash of each target's bundle."""
    about = server() | {"version": version}
    base = f"{about['repository']['url']}/releases/download/v{version}"
    arguments: list[dict] = [{"type": "positional", "value": word} for word in COMMAND]
    for option, (_, _, meant) in OPTIONS.items():
        asked = {"description": meant, "format": "filepath", "isRequired": True}
        arguments.append({"type": "named", "name": option} | asked)
    about["packages"] = [
        {
            "registryType": "mcpb",
            "identifier": f"{base}/{name(version, target)}",
            "fileSha256": hashed,
            "packageArguments": arguments,
            "transport": {"type": "stdio"},
        }
        for target, hashed in hashes.items()
    ]
    return json.dumps(about, indent=2) + "\n"
