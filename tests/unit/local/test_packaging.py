"""Templates are rewritten where `sam package` rewrites them, and nowhere else."""

from pathlib import Path

from infra.local.packaging import BUCKET, Package

ROOT = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    CodeUri: functions/
Resources:
  Nested:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: nested/queues.yaml
      Parameters: {Stage: !Ref Stage}
  Elsewhere:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: "https://example.com/t.yaml"}
  Api:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: functions/, Handler: accounts.api.handler, Description: functions/}
  Wheels:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layers/web}
"""
NESTED = "Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub '${Stage}-mail'}}}"


def _package(folder: Path, nested: str = NESTED) -> Package:
    (folder / "nested").mkdir(exist_ok=True)
    (folder / "template.yaml").write_text(ROOT)
    (folder / "nested" / "queues.yaml").write_text(nested)
    return Package(folder / "template.yaml", "http://emulator")


def test_local_paths_become_addresses_and_the_rest_stays(tmp_path: Path) -> None:
    package = _package(tmp_path)
    key = next(key for key in package.files if key.startswith("queues-"))
    assert f"http://emulator/{BUCKET}/{key}" in package.template
    assert package.template.count(f"s3://{BUCKET}/code.zip") == 3
    assert "https://example.com/t.yaml" in package.template
    assert "Description: functions/" in package.template
    assert "!Ref" in package.template
    assert b"!Sub" in package.files[key]


def test_a_package_is_the_same_twice_and_another_when_a_nested_template_changes(tmp_path: Path) -> None:
    first = _package(tmp_path)
    assert _package(tmp_path).digest == first.digest
    assert _package(tmp_path).files == first.files
    assert _package(tmp_path, NESTED.replace("mail", "push")).digest != first.digest
