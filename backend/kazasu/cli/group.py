"""The lazy group: names and one-line helps are here, everything else is found when it is called.

Imports click and the standard library alone.
"""

from importlib import import_module
from importlib.metadata import entry_points

import click

_COMMANDS = {
    "init": ("kazasu.cli.init:init", "Set up a facility. / 施設を作る"),
    "serve": ("kazasu.cli.serve:serve", "Run the server. / サーバーを動かす"),
    "staff": ("kazasu.cli.office:staff", "Add and list staff. / 職員の追加と一覧"),
    "device-code": ("kazasu.cli.office:device_code", "Make an enrolment code for a device. / 端末の登録コードを作る"),
    "devices": ("kazasu.cli.office:devices", "List, confirm and revoke devices. / 端末の一覧・確認・停止"),
    "audit": ("kazasu.cli.audit:audit", "Verify the audit log. / 監査記録を検証する"),
    "destroy": ("kazasu.cli.destroy:destroy", "Destroy what one entry says. / 記録一件の中身を消去する"),
    "declarations": (
        "kazasu.cli.declarations:declarations",
        "List declarations, destroy those whose claim work is done. / 申立書の一覧と廃棄",
    ),
    "evidence": (
        "kazasu.cli.evidence:evidence",
        "Write or judge a check's evidence. / 資格確認の証拠を書き出す・判定する",
    ),
    "import": ("kazasu.cli.carried:import_file", "Take in a device's export. / 端末の書き出しを取り込む"),
    "backup": ("kazasu.cli.backup:backup", "Write an encrypted, verified backup. / 検証済みのバックアップを作る"),
    "restore": ("kazasu.cli.backup:restore", "Restore a backup. / バックアップから戻す"),
    "reopen": ("kazasu.cli.backup:reopen", "Open a restored server. / 戻したサーバーを開く"),
    "keys": ("kazasu.cli.keys:keys", "Bring keys back from the recovery file. / 復旧ファイルから鍵を戻す"),
    "migrate": ("kazasu.cli.migrate:migrate", "Bring the database up to this version. / データベースを更新する"),
    "roster": ("kazasu.cli.roster:roster", "Take a roster file over. / 患者名簿を取り込む"),
    "inquire": ("kazasu.cli.asking:inquire", "Ask about a day's patients beforehand. / 訪問前に一括照会する"),
    "fetch-consents": (
        "kazasu.cli.asking:fetch_consents",
        "Fetch consents registered on the government's page. / 訪問診療等の同意を一括取得する",
    ),
    "app-text": ("kazasu.cli.asking:app_text", "Take the app's copied text for a check. / アプリのコピーを取り込む"),
    "worklist": ("kazasu.cli.worklist:worklist", "List the open holds to work off. / 保留を期限順に見る"),
    "ask-again": (
        "kazasu.cli.worklist:ask_again",
        "Ask again for claims what may have changed. / 請求のため再照会する",
    ),
    "rules": ("kazasu.cli.rules:rules", "Show the facility's own rules. / 施設の規則を確かめる"),
    "report": ("kazasu.cli.report:report", "Write a report to a file. / 報告をファイルに書き出す"),
    "openapi": ("kazasu.cli.openapi:openapi", "Print the API's schema. / API の仕様を出力する"),
}
GROUP = "kazasu.commands"
"""Entry points of further commands."""


class LazyGroup(click.Group):
    """A group that imports a command when it is called, ours or another package's."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*_COMMANDS, *(point.name for point in entry_points(group=GROUP))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        target = _COMMANDS.get(cmd_name)
        if target is not None:
            module, _, name = target[0].partition(":")
            found: object = getattr(_imported(module), name)
        else:
            points = [point for point in entry_points(group=GROUP) if point.name == cmd_name]
            if not points:
                return None
            found = points[0].load()
        if not isinstance(found, click.Command):
            raise TypeError(f"{cmd_name} is no command")
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line each, without importing what they need."""
        rows = [
            (name, _COMMANDS[name][1] if name in _COMMANDS else f"See kazasu {name} --help. / 別の部品のコマンド")
            for name in self.list_commands(ctx)
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _imported(module: str) -> object:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("kazasu"):
            raise
        raise click.ClickException(
            f"サーバーの部品（{error.name}）がありません。「kazasu[server]」を入れてください。 / "
            f"The server's part {error.name} is not installed; install kazasu[server]."
        ) from None


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kazasu", prog_name="kazasu")
def main() -> None:
    """Health-insurance checks by My Number card, away from the reception desk.

    かざす：受付の外でのマイナンバーカードによる資格確認
    """
