# SPDX-License-Identifier: MIT
# Shared by the checks of this folder, which all run from the top of the tree.

# Every file that belongs to the tree, one a line; an unpacked archive has no git to ask.
tree_files() {
    if [ -e .git ] && git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files --cached --others --exclude-standard
    else
        find . \( -path ./build -o -path ./.git \) -prune -o -type f -print | sed 's|^\./||'
    fi | sort | while IFS= read -r file; do
        if [ -e "$file" ]; then echo "$file"; fi
    done
}

c_files() {
    tree_files | grep -E '^(src|include|tests)/.*\.[ch]$' || true
}

headers() {
    tree_files | grep -E '^(include|src)/.*\.h$' || true
}

# Files that are run or sourced by a shell: by their ending or their first line.
script_files() {
    local file first
    tree_files | grep -Ev '^tests/fuzz/corpus/' | while IFS= read -r file; do
        case $file in
        *.sh | *.bash | *.bats) echo "$file" ;;
        *.c | *.h | *.md | *.txt | *.json | *.1) ;;
        *)
            first=$(head -c 64 "$file" | tr -d '\0' | head -n 1)
            case $first in
            '#!'*/sh | '#!'*/bash | '#!'*'env bash' | '#!'*'env bats' | '#!'*'/sh '* | '#!'*'/bash '*) echo "$file" ;;
            esac
            ;;
        esac
    done
}

compile_flags() {
    make -s --no-print-directory flags
}

# "14" of "Debian clang-format version 14.0.6"
major_version() {
    "$1" --version | sed -n 's/.*version \([0-9][0-9]*\).*/\1/p' | head -n 1
}
