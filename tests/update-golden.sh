#!/bin/sh
# Writes tests/golden/*.txt and the outputs shown in README.md and docs/*.md anew, from the release build.
# Read the differences (git diff) before committing them.
set -eu
cd "$(dirname "$0")/.."
cmake --preset release > /dev/null
cmake --build --preset release --target npuscope test_capture_tools
NPUSCOPE_UPDATE_GOLDEN=1 build/release/tests/test_capture_tools --gtest_filter='*Golden*:Documents.Show*' --gtest_brief=1
git diff --stat -- tests/golden README.md docs
