#!/usr/bin/env bash
# Finds the cask that an action runs: the one that was given, the one of this machine's tool cache, or a download.
#
#   install.sh          writes cask-path and cask-version to GITHUB_OUTPUT
#   install.sh setup    also puts the folder of cask on GITHUB_PATH
#
# What runs is decided by manifest.json beside this file, so whoever pins the action by commit pins the program.
# Nothing is unpacked, made executable or started before its hash was found right, and a hash that is not known is
# never right. bash 3.2, curl, tar and a program that makes SHA-256: no jq, no gh, no python.
set -euo pipefail
export LC_ALL=C

readonly repository=cask-dev/cask
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
manifest=$here/manifest.json
known=$here/known-checksums.txt
# What an archive may weigh whose size nobody wrote down.
readonly most_bytes=268435456

# fail STEP MESSAGE: one error that names the step, and the exit code of "could not judge".
fail() {
    local text="$1: $2"
    text=${text//'%'/%25}
    text=${text//$'\r'/%0D}
    text=${text//$'\n'/%0A}
    # Not on stdout, which may be what a caller is reading; the runner hears both.
    printf '::error title=cask install::%s\n' "$text" >&2
    exit 3
}

note() { printf 'cask install: %s\n' "$1"; }

# is TEXT PATTERN: the whole text, for `=~` takes its pattern unquoted and nothing else in old versions of bash.
is() {
    local pattern=$2
    [[ $1 =~ $pattern ]]
}

readonly hash_form='^[0-9a-f]{64}$'
readonly name_form='^[A-Za-z0-9_][A-Za-z0-9._-]*$'

# sha256 FILE: by the first program that is there. Read from stdin, so that no name of a file is in the answer.
sha256() {
    local hash shell
    if command -v sha256sum >/dev/null 2>&1; then
        hash=$(sha256sum <"$1") || fail verify "sha256sum could not read $1"
    elif command -v shasum >/dev/null 2>&1; then
        hash=$(shasum -a 256 <"$1") || fail verify "shasum could not read $1"
    else
        shell=$(command -v pwsh || command -v powershell || true)
        [[ -n $shell ]] ||
            fail verify 'no program that makes SHA-256 is here: sha256sum, shasum or PowerShell; install one'
        # shellcheck disable=SC2016 # PowerShell fills it in
        hash=$(CASK_HASHED=$(native "$1") "$shell" -NoProfile -NonInteractive -Command \
            '(Get-FileHash -Algorithm SHA256 -LiteralPath $env:CASK_HASHED).Hash.ToLowerInvariant()') ||
            fail verify "Get-FileHash could not read $1"
    fi
    hash=${hash%%[[:space:]]*}
    is "$hash" "$hash_form" || fail verify "no SHA-256 came of $1"
    printf '%s' "$hash"
}

# native PATH: as programs of this system write it; only Windows has two ways.
native() {
    if command -v cygpath >/dev/null 2>&1; then
        cygpath -m "$1"
    else
        printf '%s' "$1"
    fi
}

# posix PATH: as bash writes it.
posix() {
    if command -v cygpath >/dev/null 2>&1; then
        cygpath -u "$1"
    else
        printf '%s' "$1"
    fi
}

# member TEXT NAME: the value of a text or number in flat JSON; nothing if it is not there.
member() {
    local pattern="\"$2\"[[:space:]]*:[[:space:]]*(\"([^\"\\\\]*)\"|[0-9]+)"
    if [[ $1 =~ $pattern ]]; then
        if [[ -n ${BASH_REMATCH[2]} || ${BASH_REMATCH[1]} == '""' ]]; then
            printf '%s' "${BASH_REMATCH[2]}"
        else
            printf '%s' "${BASH_REMATCH[1]}"
        fi
    fi
}

# The target of this machine, as releases name it.
find_target() {
    local os=${RUNNER_OS:-$(uname -s)} arch=${RUNNER_ARCH:-$(uname -m)}
    case $arch in
    X64 | x86_64 | amd64) arch=x86_64 ;;
    ARM64 | arm64 | aarch64) arch=aarch64 ;;
    *) fail platform "there is no release for the processor $arch: build cask and give cask-path" ;;
    esac
    case $os in
    Linux) target=$arch-unknown-linux-musl ;;
    macOS | Darwin) target=$arch-apple-darwin ;;
    Windows | MINGW* | MSYS*) target=$arch-pc-windows-msvc program=cask.exe ;;
    *) fail platform "there is no release for the system $os: build cask and give cask-path" ;;
    esac
}

# What the manifest of this tree says of its release: version, commit, and the asset of this machine.
read_manifest() {
    local text assets pattern
    text=$(tr '\r\n' '  ' <"$manifest") || fail manifest "$manifest can't be read"
    is "$text" '"schema"[[:space:]]*:[[:space:]]*1[[:space:],}]' ||
        fail manifest 'action/manifest.json has a schema that this installer does not know'
    own_version=$(member "$text" version)
    own_commit=$(member "$text" source_commit)
    pattern='"assets"[[:space:]]*:[[:space:]]*(\{.*)$'
    [[ $text =~ $pattern ]] || fail manifest 'action/manifest.json names no assets'
    assets=${BASH_REMATCH[1]}
    pattern="\"$target\"[[:space:]]*:[[:space:]]*(\\{[^{}]*\\})"
    if [[ $assets =~ $pattern ]]; then
        assets=${BASH_REMATCH[1]}
        own_name=$(member "$assets" name)
        own_sha256=$(member "$assets" sha256)
        own_size=$(member "$assets" size)
        own_binary=$(member "$assets" binary_sha256)
    elif is "$assets" '^\{[[:space:]]*\}'; then
        own_state=unreleased
    fi
}

# Which archive, and what it has to hash to. Sets version, asset, expected, size and binary; the last two may be empty.
choose() {
    local form='^v?[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$' pinned line_hash line_asset line_version
    pinned=$(printf '%s' "${CASK_INPUT_SHA256:-}" | tr 'A-F' 'a-f')
    [[ -z $pinned ]] || is "$pinned" "$hash_form" || fail version 'sha256 is not 64 hexadecimal digits'
    if [[ -n ${CASK_INPUT_VERSION:-} ]]; then
        is "$CASK_INPUT_VERSION" "$form" || fail version "version is not a version: ${CASK_INPUT_VERSION}"
        version=${CASK_INPUT_VERSION#v}
    else
        version=$own_version
    fi
    if [[ $version == "$own_version" && -n $own_name ]]; then
        asset=$own_name expected=$own_sha256 size=$own_size binary=$own_binary
        is "$size" '^[1-9][0-9]*$' || fail manifest "action/manifest.json has no size for $target"
        is "$binary" "$hash_form" || fail manifest "action/manifest.json has no hash of the program for $target"
    elif [[ -n ${CASK_INPUT_VERSION:-} ]]; then
        asset=cask-$version-$target.tar.gz
        while read -r line_hash line_asset line_version || [[ -n $line_hash ]]; do
            [[ $line_asset == "$asset" && $line_version == "$version" ]] || continue
            [[ -z $expected || $expected == "$line_hash" ]] ||
                fail version "known-checksums.txt has two hashes for $asset"
            expected=$line_hash
        done < <(grep -v '^#' "$known" || true)
        [[ -n $expected || -n $pinned ]] ||
            fail version "nothing is known of $asset: give its sha256 too, or a version of action/known-checksums.txt"
        [[ -n $expected ]] || expected=$pinned
    elif [[ $own_state == unreleased ]]; then
        fail version 'this commit is no release: pin a release, or give cask-path'
    else
        fail version "this release has nothing for $target: build cask and give cask-path"
    fi
    is "$expected" "$hash_form" || fail manifest "there is no hash for $asset: nothing is run that can't be verified"
    is "$asset" "$name_form" || fail manifest "$asset is not the name of an asset"
    [[ -z $pinned || $pinned == "$expected" ]] ||
        fail version "sha256 is $pinned, and what is known of $asset says $expected"
}

# Where assets lie. Anything but https is for a server on this very machine.
find_base() {
    local path='(:[0-9]+)?(/[A-Za-z0-9._~/%+-]*)?$'
    base=${CASK_INPUT_DOWNLOAD_BASE_URL:-https://github.com/$repository/releases/download/v$version}
    base=${base%/}
    if is "$base" "^https://[A-Za-z0-9.-]+$path"; then
        protocols='=https'
    elif is "$base" "^http://(127\\.0\\.0\\.1|localhost|\\[::1\\])$path"; then
        protocols='=http,https'
    else
        fail download "download-base-url has to begin with https://, and to have no login, query or blank: $base"
    fi
}

download() {
    local options=(--proto "$protocols" --tlsv1.2 -fsSL --retry 3)
    command -v curl >/dev/null 2>&1 || fail download 'curl is not here: install it, or give cask-path'
    # Old versions don't know it, and say so before they do anything.
    if curl --retry-all-errors --version >/dev/null 2>&1; then
        options+=(--retry-all-errors)
    fi
    options+=(--connect-timeout 10 --max-time 120 --max-filesize "${size:-$most_bytes}")
    note "downloading $base/$asset"
    curl "${options[@]}" -o "$work/$asset" "$base/$asset" ||
        fail download "$base/$asset could not be downloaded (curl $?): look at the line above; behind a wall give download-base-url or cask-path"
}

verify() {
    local found
    found=$(wc -c <"$work/$asset" | tr -d '[:space:]')
    [[ -z $size || $found == "$size" ]] || fail verify "$asset has $found bytes instead of $size: it is not the released one"
    found=$(sha256 "$work/$asset")
    [[ $found == "$expected" ]] || fail verify "$asset hashes to $found instead of $expected: it is not the released one"
    note "$asset is the one that was expected, SHA-256 $found"
}

# Who built it, asked of GitHub. The job's token is for its own server alone.
provenance() {
    local server=${GITHUB_SERVER_URL:-https://github.com} options=(--repo "$repository")
    options+=(--signer-workflow "$repository/.github/workflows/release.yml" --deny-self-hosted-runners)
    command -v gh >/dev/null 2>&1 || fail provenance 'verify-provenance needs gh, and gh is not here'
    if [[ $version == "$own_version" && -n $own_name ]]; then
        is "$own_commit" '^([0-9a-f]{40}|[0-9a-f]{64})$' || fail provenance 'action/manifest.json has no source_commit'
        options+=(--source-digest "$own_commit")
    else
        note "the commit that $version was built from is not known here, and so not compared"
    fi
    if [[ -n $token && ${server%/} == https://github.com ]]; then
        export GH_TOKEN=$token
    fi
    GH_HOST=github.com gh attestation verify "$work/$asset" "${options[@]}" ||
        fail provenance "$asset has no attestation of the release workflow: see the lines above"
    unset GH_TOKEN
}

# Writes the one member that may be there, as bytes: no name, link or right of the archive reaches the disk.
unpack() {
    local listed
    listed=$(tar -tzf - <"$work/$asset") || fail unpack "$asset is not an archive"
    [[ $listed == "$program" ]] || fail unpack "$asset has to hold $program and nothing else"
    listed=$(tar -tvzf - <"$work/$asset") || fail unpack "$asset is not an archive"
    [[ $listed == -* ]] || fail unpack "$program in $asset is not a regular file"
    tar -xzOf - "$program" <"$work/$asset" >"$work/$program" || fail unpack "$asset can't be unpacked"
    [[ -s $work/$program ]] || fail unpack "$program in $asset is empty"
    listed=$(sha256 "$work/$program")
    [[ -z $binary || $listed == "$binary" ]] || fail unpack "$program in $asset is not the released one"
}

# from_cache: the copy of the tool cache, taken first and verified then, since others may write there.
from_cache() {
    local cached=$cache/$program hash
    [[ -n $cache && -n $binary && -f $cached && ! -L $cached ]] || return 1
    cp "$cached" "$work/$program" || return 1
    # Asked in a condition, where a failure does not end the script by itself.
    hash=$(sha256 "$work/$program") || exit 3
    if [[ $hash != "$binary" ]]; then
        printf '::warning title=cask install::verify: the cask in the tool cache is not the released one; it is not used, and replaced\n'
        rm -f "$work/$program"
        return 1
    fi
    note "taken from the tool cache, SHA-256 $binary"
}

# Where it can't be written, the next run downloads again: no reason to stop this one.
to_cache() {
    [[ -n $cache && -n $binary ]] || return 0
    local part
    if mkdir -p "$cache" 2>/dev/null && part=$(mktemp "$cache/.part.XXXXXX" 2>/dev/null); then
        if cp "$work/$program" "$part" && chmod 755 "$part" && mv -f "$part" "$cache/$program"; then
            return 0
        fi
        rm -f "$part"
    fi
    note 'the tool cache could not be written'
}

# The program that somebody brought along. What is asked of a download can't be asked of it.
given() {
    local hash
    [[ -z ${CASK_INPUT_SHA256:-} && -z ${CASK_INPUT_VERSION:-} && -z ${CASK_INPUT_DOWNLOAD_BASE_URL:-} ]] ||
        fail cask-path 'version, sha256 and download-base-url are about a download: leave them out, or cask-path'
    [[ $verify_provenance == false ]] ||
        fail cask-path 'verify-provenance is about a release: leave it out, or cask-path'
    found=$(posix "$CASK_INPUT_CASK_PATH")
    case $found in
    /*) ;;
    *) found=$PWD/$found ;;
    esac
    [[ -f $found && -x $found ]] || fail cask-path "$CASK_INPUT_CASK_PATH is no program"
    hash=$(sha256 "$found")
    note "given as cask-path, SHA-256 $hash"
}

fetched() {
    local temp cache=
    find_target
    read_manifest
    choose
    temp=$(posix "${RUNNER_TEMP:-${TMPDIR:-/tmp}}")
    work=$(mktemp -d "$temp/cask.XXXXXX") || fail download "no folder can be made in $temp"
    if [[ -n ${RUNNER_TOOL_CACHE:-} ]]; then
        cache=$(posix "$RUNNER_TOOL_CACHE")/cask/$version/$target
    fi
    # Who built it can only be asked of the archive.
    if [[ $verify_provenance == true ]] || ! from_cache; then
        find_base
        download
        verify
        [[ $verify_provenance == false ]] || provenance
        unpack
        to_cache
        rm -f "$work/$asset"
    fi
    chmod 755 "$work/$program"
    found=$work/$program
}

# answer NAME VALUE: an output of the step; outside of a runner there is nobody to read it.
answer() {
    case $2 in
    *$'\n'* | *$'\r'*) fail output "$1 has a line break in it" ;;
    esac
    [[ -z ${GITHUB_OUTPUT:-} ]] || printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
}

target='' program=cask version='' asset='' expected='' size='' binary='' base='' protocols='' work='' found=''
own_version='' own_commit='' own_name='' own_sha256='' own_size='' own_binary='' own_state=''

# No program that is started from here sees it, but the one that is asked who built a release.
token=${CASK_INPUT_TOKEN:-}
unset CASK_INPUT_TOKEN

case ${CASK_INPUT_VERIFY_PROVENANCE:-} in
true | True | TRUE) verify_provenance=true ;;
'' | false | False | FALSE) verify_provenance=false ;;
*) fail inputs 'verify-provenance is neither true nor false' ;;
esac
if [[ -n ${CASK_INPUT_CASK_PATH:-} ]]; then
    given
else
    fetched
fi

# It says its own version, so it starts here. Of what it says only what a version may have reaches the log.
said=$("$found" --version) || fail start "$found does not start on this machine"
said=$(printf '%s' "$said" | tr -cd 'A-Za-z0-9.+ -')
is "$said" '^cask [0-9]+\.[0-9]+\.[0-9]+' || fail start "$found is not cask"
said=${said#cask }
[[ -z $version || $said == "$version" ]] || fail start "$found says that it is $said, not $version"
answer cask-path "$(native "$found")"
answer cask-version "$said"
if [[ ${1-} == setup && -n ${GITHUB_PATH:-} ]]; then
    folder=$(dirname "$found")
    if command -v cygpath >/dev/null 2>&1; then
        folder=$(cygpath -w "$folder")
    fi
    printf '%s\n' "$folder" >>"$GITHUB_PATH"
fi
note "cask $said at $found"
