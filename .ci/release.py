#!/usr/bin/env python3
"""Makes the files of a release out of built programs: archives, bundles, SHA256SUMS, and what the action's tree says of
them.

    release.py VERSION COMMIT EPOCH BINARIES OUT

BINARIES has a folder for each target with the program in it, and `share` with what is the same for all: man pages and
completions, which go into an archive of their own. OUT gets the archives, the bundles for MCP clients and the
server.json that lists those, and SHA256SUMS; action/ of the repository in which it runs gets manifest.json, and
known-checksums.txt of all releases that have a tag. The same programs give the same bytes.
"""
import gzip
import hashlib
import io
import json
import pathlib
import re
import subprocess
import sys
import tarfile

# What is released is a tree as it was checked out.
sys.dont_write_bytecode = True

import bundle

TARGETS = [
    "aarch64-apple-darwin",
    "aarch64-pc-windows-msvc",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "x86_64-unknown-linux-musl",
]
RELEASE = re.compile(r"v(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.]+)?")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def archive(members: dict[str, bytes], mode: int, epoch: int) -> bytes:
    """Members that belong to nobody."""
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=epoch, compresslevel=9) as stream:
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for name, data in sorted(members.items()):
                member = tarfile.TarInfo(name)
                member.size, member.mode, member.mtime = len(data), mode, epoch
                tar.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def below(folder: pathlib.Path) -> dict[str, bytes]:
    """The files of a folder, by their paths in it."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    if not files:
        sys.exit(f"{folder} has no files")
    return files


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout


def earlier() -> list[str]:
    """A line for each asset of each release, oldest first."""
    tags = [(RELEASE.fullmatch(tag), tag) for tag in git("tag", "--list", "v*").split()]
    order = lambda found: [int(part) for part in found[0].groups()[:3]] + [found[0][4] is None, found[0][4] or ""]
    lines = []
    for _, tag in sorted((found for found in tags if found[0]), key=order):
        manifest = json.loads(git("show", f"{tag}:action/manifest.json"))
        if not manifest["assets"]:
            sys.exit(f"{tag} is no release: its manifest has no assets")
        lines += [f"{a['sha256']}  {a['name']}  {manifest['version']}" for a in manifest["assets"].values()]
    return lines


def main(version: str, commit: str, epoch: str, binaries: str, out: str) -> None:
    if not RELEASE.fullmatch(f"v{version}") or not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", commit):
        sys.exit(f"not a version and a commit: {version} {commit}")
    if git("tag", "--list", f"v{version}"):
        sys.exit(f"v{version} is released already")
    folder, assets, sums, bundles = pathlib.Path(out), {}, {}, {}

    def put(name: str, packed: bytes) -> str:
        (folder / name).write_bytes(packed)
        sums[name] = sha256(packed)
        return sums[name]

    folder.mkdir(parents=True)
    for target in TARGETS:
        program = "cask.exe" if "windows" in target else "cask"
        data = (pathlib.Path(binaries) / target / program).read_bytes()
        name = f"cask-{version}-{target}.tar.gz"
        packed = archive({program: data}, 0o755, int(epoch))
        assets[target] = {
            "name": name, "sha256": put(name, packed), "size": len(packed), "binary_sha256": sha256(data),
        }
        installed = bundle.bundle(version, target, program, data, int(epoch))
        bundles[target] = put(bundle.name(version, target), installed)
    put(f"cask-{version}-share.tar.gz", archive(below(pathlib.Path(binaries) / "share"), 0o644, int(epoch)))
    put("server.json", bundle.listed(version, bundles).encode())
    (folder / "SHA256SUMS").write_text("".join(f"{hashed}  {name}\n" for name, hashed in sums.items()))
    action = pathlib.Path("action")
    manifest = {"schema": 1, "version": version, "source_commit": commit, "assets": assets}
    (action / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    known = action / "known-checksums.txt"
    comments = [line for line in known.read_text().splitlines() if line.startswith("#")]
    known.write_text("\n".join(comments + earlier()) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    main(*sys.argv[1:])
