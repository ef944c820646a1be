#!/usr/bin/env python3
"""Does what the Dockerfile says, without Docker and without its base images.

    image.py source FOLDER        copies into a folder what the first stage copies into its own
    image.py build FOLDER         runs there what the first stage runs
    image.py root FOLDER ROOT     copies into a root file system what the last stage copies, from the first stage's folder, too
    image.py run ROOT [--health] [--env NAME=VALUE]... [ARGUMENT...]
                                  becomes the program in that root, as the image's user and in its folder and variables; its health check
                                  with --health. Needs root.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent


def stages():
    """The instructions of each stage, as keyword and rest."""
    found = []
    for line in (PROJECT / "Dockerfile").read_text().replace("\\\n", " ").splitlines():
        if not line or line.startswith("#"):
            continue
        keyword, rest = line.split(" ", 1)
        if keyword == "FROM":
            found.append([])
        else:
            found[-1].append((keyword, rest))
    first, last = found
    return first, last


def values(stage, keyword):
    return [rest for found, rest in stage if found == keyword]


def copy(source, target, owner=None):
    """Copies as COPY does: the content of a folder, or a file, with its time, so that cargo sees no change."""
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    if owner:
        os.chown(target, *owner)


def copies(stage):
    """The copies of a stage: options, sources and target."""
    for rest in values(stage, "COPY"):
        words = rest.split()
        options = dict(word[2:].split("=", 1) for word in words if word.startswith("--"))
        *sources, target = [word for word in words if not word.startswith("--")]
        yield options, sources, target


def place(target, source):
    """The path below a root at which a source is put: below the target if that ends with a slash."""
    return target.lstrip("/") + (pathlib.PurePath(source).name if target.endswith("/") else "")


def assemble_source(folder):
    first, _ = stages()
    for entry in folder.iterdir() if folder.exists() else []:
        # What was built stays, so that only what changed is built again.
        if entry.name != "target":
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    for _, sources, target in copies(first):
        for source in sources:
            copy(PROJECT / source, folder / place(target, source).removeprefix("./"))


def build(folder):
    first, _ = stages()
    for line in values(first, "RUN"):
        print(f"+ {line}", flush=True)
        subprocess.run(["sh", "-e", "-c", line], cwd=folder, check=True)


def assemble_root(folder, root):
    first, last = stages()
    (home,) = values(first, "WORKDIR")
    for options, sources, target in copies(last):
        owner = [int(part) for part in options["chown"].split(":")] if "chown" in options else None
        for source in sources:
            origin = folder / pathlib.PurePath(source).relative_to(home) if "from" in options else PROJECT / source
            copy(origin, root / place(target, source), owner)


def listed(text):
    """The list in the JSON form of an instruction."""
    return json.loads(text[text.index("["):])


def run(root, health, variables, arguments):
    _, last = stages()
    (user,), (home,), (entry,), (command,), (check,) = (
        values(last, keyword) for keyword in ("USER", "WORKDIR", "ENTRYPOINT", "CMD", "HEALTHCHECK")
    )
    words = listed(check) if health else listed(entry) + (arguments or listed(command))
    environment = dict(variable.split("=", 1) for variable in values(last, "ENV") + variables)
    number, group = map(int, user.split(":"))
    os.chroot(root)
    os.chdir(home)
    os.setgroups([])
    os.setgid(group)
    os.setuid(number)
    os.execve(words[0], words, {"PATH": "/usr/bin", **environment})


def main():
    match sys.argv[1:]:
        case ["source", folder]:
            assemble_source(pathlib.Path(folder))
        case ["build", folder]:
            build(pathlib.Path(folder))
        case ["root", folder, root]:
            assemble_root(pathlib.Path(folder), pathlib.Path(root))
        case ["run", root, *rest]:
            health, variables = False, []
            while rest and rest[0].startswith("--"):
                option = rest.pop(0)
                if option == "--env":
                    variables.append(rest.pop(0))
                elif option == "--health":
                    health = True
                else:
                    sys.exit(f"{option} is not known; put it behind the command of the program")
            run(pathlib.Path(root), health, variables, rest)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
