#!/bin/bash
# A library that lies in the folder where scalesim is started is never run: no binary looks for libraries in an empty or
# relative folder, and each binds its symbols at the start. Usage: no_code_from_the_working_directory.sh PROGRAM PARTS
set -eu
program=$(realpath "$1")
failed=0
complain() { echo "$1"; failed=1; }

for binary in "$program" "$2"/*.so; do
  [ -e "$binary" ] || continue
  dynamic=$(LC_ALL=C readelf -d "$binary")
  # A trailing colon is an empty entry too; the marker keeps `read` from dropping it.
  paths=$(sed -n 's/.*(R\(UN\)\?PATH).*\[\(.*\)\]$/\2/p' <<<"$dynamic")
  if [ -n "$paths" ]; then
    IFS=: read -r -a entries <<<"$paths:end"
    unset 'entries[-1]'
    for entry in "${entries[@]}"; do
      case $entry in
        /* | '$ORIGIN' | '$ORIGIN/'*) ;;
        *) complain "$binary looks for libraries in '$entry' ($paths)" ;;
      esac
    done
  fi
  grep -q 'BIND_NOW\|Flags:.*NOW' <<<"$dynamic" || complain "$binary binds symbols late"
done

# The same shown: files by the names of its libraries, which are no libraries, do not keep the program from starting.
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
ldd "$program" | awk '{print $1}' | grep '^lib' | while read -r name; do echo "not a library" >"$folder/$name"; done
(cd "$folder" && "$program" --version >/dev/null) || complain "$program took a library from the working directory"
exit $failed
