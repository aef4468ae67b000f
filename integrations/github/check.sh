#!/usr/bin/env bash
# What the GitHub Action runs: installs the wheel, annotates the change, leaves a
# SARIF and an HTML report, and puts the text report into the job's summary. Its
# exit code is the program's.
set -euo pipefail

work=${RUNNER_TEMP:-$(mktemp -d)}/nova-token-check
python3 -m venv "$work"
"$work/bin/pip" install --quiet --disable-pip-version-check \
    "nova-token-check${INPUT_VERSION:+==$INPUT_VERSION}"

arguments=()
if [[ ${INPUT_OFFLINE:-true} == true ]]; then
    arguments+=(--offline)
fi
while IFS= read -r argument; do
    if [[ -n $argument ]]; then arguments+=("$argument"); fi
done <<<"${INPUT_ARGS:-}"
read -r -d '' -a targets <<<"${INPUT_TARGETS:-}" || true

code=0
"$work/bin/nova-token-check" check --format github \
    --report "sarif=$work/report.sarif" --report "html=$work/report.html" --report "text=$work/report.txt" \
    "${arguments[@]}" -- "${targets[@]}" || code=$?

{
    echo "exit-code=$code"
    for format in sarif html; do
        if [[ -s $work/report.$format ]]; then echo "$format=$work/report.$format"; fi
    done
} >>"${GITHUB_OUTPUT:-/dev/null}"
if [[ -s $work/report.txt ]]; then
    # Indented text is shown as it is, whatever stands in it.
    { echo "### nova-token-check"; echo; sed 's/^/    /' "$work/report.txt"; } >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
fi
exit "$code"
