"""Settings: file, then environment, then command line; what cannot be read is named, its value never."""

from pathlib import Path

import msgspec
import pytest

from kazasu.settings import Settings, SettingsError, default_home, load_settings

DOCUMENT = Path(__file__).parents[3] / "docs" / "operations.md"


def test_defaults_are_safe(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {})
    assert (settings.host, settings.gateway, settings.behind_proxy, settings.roots) == ("127.0.0.1", "none", False, "")
    assert settings.database_url == f"sqlite:///{tmp_path / 'kazasu.db'}"


def test_the_environment_overrides_the_file_and_the_command_line_both(tmp_path: Path) -> None:
    (tmp_path / "kazasu.toml").write_text('port = 1\nhost = "a"\ngateway = "simulator"\n')
    environment = {"KAZASU_PORT": "2", "KAZASU_HOST": "b", "KAZASU_BEHIND_PROXY": "true"}
    settings = load_settings(tmp_path, environment, port=3, host=None)
    assert (settings.port, settings.host, settings.gateway, settings.behind_proxy) == (3, "b", "simulator", True)


def test_fingerprints_are_a_list_in_the_file_and_commas_in_the_environment(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {"KAZASU_ROOT_FINGERPRINTS": "aa, bb,"}).root_fingerprints == ("aa", "bb")
    (tmp_path / "kazasu.toml").write_text('root_fingerprints = ["cc"]')
    assert load_settings(tmp_path, {}).root_fingerprints == ("cc",)


@pytest.mark.parametrize(
    ("text", "environment", "where"),
    [
        ("port = [", {}, "kazasu.toml"),
        ("port = " + "[" * 5_000, {}, "kazasu.toml"),
        ("port = " + "1" * 5_000, {}, "kazasu.toml"),
        ("port = 70000", {}, "kazasu.toml"),
        ("prot = 1", {}, "kazasu.toml"),
        ("", {"KAZASU_PORT": "secret"}, "KAZASU_PORT"),
    ],
)
def test_a_setting_that_cannot_be_read_is_named_without_its_value(
    tmp_path: Path, text: str, environment: dict[str, str], where: str
) -> None:
    (tmp_path / "kazasu.toml").write_text(text)
    with pytest.raises(SettingsError) as refused:
        load_settings(tmp_path, environment)
    assert refused.value.where == where
    assert "secret" not in str(refused.value)


def test_the_home_is_the_environments_or_beside_the_reader() -> None:
    assert default_home({"KAZASU_HOME": "/srv/kazasu"}) == Path("/srv/kazasu")
    assert default_home({}) == Path("kazasu-home")


def settings_table() -> str:
    """The table in docs/operations.md, made from the settings themselves."""
    rows = ["| setting | environment | default | what it is |", "|---|---|---|---|"]
    for field in msgspec.inspect.type_info(Settings).fields:  # type: ignore[attr-defined]
        described = field.type.extra_json_schema["description"]
        default = "`kazasu-home`" if field.required else f"`{msgspec.json.encode(field.default).decode()}`"
        rows.append(f"| `{field.name}` | `KAZASU_{field.name.upper()}` | {default} | {described} |")
    return "\n".join(rows)


def test_every_setting_is_documented_as_it_is() -> None:
    assert settings_table() in DOCUMENT.read_text("utf-8")
