"""Print a SAM template as CloudFormation gets it. For the SAM CLI's Python, which has the packages.

python transform.py TEMPLATE
"""

import json
import os
import sys
from pathlib import Path


def main() -> None:
    from samcli.yamlhelper import yaml_parse  # type: ignore[import-not-found]
    from samtranslator.translator.transform import transform  # type: ignore[import-not-found]

    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    template = yaml_parse(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # What `sam build` and `sam deploy` put there.
            resource.setdefault("Properties", {})["CodeUri"] = "s3://bucket/key"
    template["Globals"]["Function"].pop("CodeUri")
    print(json.dumps(transform(template, {}, Policies())))


class Policies:
    """Managed policies by their names, without asking AWS."""

    def load(self) -> dict[str, str]:
        names = ("AWSLambdaBasicExecutionRole", "AWSLambdaVPCAccessExecutionRole")
        return {name: f"arn:aws:iam::aws:policy/service-role/{name}" for name in names}


if __name__ == "__main__":
    main()
