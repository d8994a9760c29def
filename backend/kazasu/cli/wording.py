"""What a person at the shell is told when something cannot be done: what happened, and what to do next.

Imports whatever can go wrong, and is therefore imported only when something did.
"""

from checksync import EnrolmentCodeError
from kazasu.backup.loading import DatabaseNotEmptyError
from kazasu.backup.stream import BackupError
from kazasu.db import DatabaseNotDurableError, DatabaseUrlError, is_busy
from kazasu.db.migration import SchemaTooNewError
from kazasu.evidence import NotEvidenceError
from kazasu.facility.home import HomeNotEmptyError
from kazasu.facility.institution_code import InstitutionCodeError
from kazasu.facility.service import FacilityExistsError, NoFacilityError
from kazasu.facility.setup import RecoveryFileExistsError, RecoveryFileInHomeError
from kazasu.gateway.choice import UnknownGatewayError
from kazasu.gateway.simulator.simulator import NotAnExerciseError
from kazasu.journal import JournalDamagedError, JournalUnavailableError
from kazasu.keys.file import KeyFileExposedError
from kazasu.keys.recovery import RecoveryError
from kazasu.keys.service import LastSealingKeyError, SealingKeyNeededError, SealingKeyStateError
from kazasu.opening import MigrationNeededError, NoHomeError
from kazasu.problems import ProblemError
from kazasu.restoration.home import StorageKeyMissingError
from kazasu.restoration.restoring import JournalMissingError, OlderBackupError
from kazasu.serving import AlreadyServedError, CertificateNotUsableError, PlainHttpRefusedError
from kazasu.settings import SettingsError

_TEXTS: dict[type[Exception], tuple[str, str]] = {
    HomeNotEmptyError: (
        "このフォルダーには既に何かあります。施設を上書きすることはありません。"
        "空のフォルダーを --home で指定してください。",
        "There is something in this folder already, and a facility is never written over. Give an empty one by --home.",
    ),
    FacilityExistsError: (
        "このデータベースには既に施設があります。別のデータベースを指定してください。",
        "This database has its facility already. Give another database.",
    ),
    NoFacilityError: (
        "このデータベースに施設がありません。データベースの指定を確かめてください。",
        "There is no facility in this database. Check which database is set.",
    ),
    NoHomeError: (
        "ここには施設がありません。「kazasu init」で作るか、--home で場所を指定してください。",
        "There is no facility here. Make one with 'kazasu init', or say where it is by --home.",
    ),
    RecoveryFileExistsError: (
        "復旧ファイルが既にあります。別の名前を --recovery-file で指定してください。",
        "The recovery file exists already. Give another name by --recovery-file.",
    ),
    RecoveryFileInHomeError: (
        "復旧ファイルは施設のフォルダーの外に置いてください。同じ場所では一緒に失われます。",
        "Keep the recovery file outside of the facility's folder: in the same place both are lost at once.",
    ),
    DatabaseUrlError: (
        "データベースの URL が使えません。sqlite:///ファイル か postgresql://… を指定してください。",
        "The database URL cannot be used. Give sqlite:///file or postgresql://…",
    ),
    SchemaTooNewError: (
        "このデータベースは新しい版のものです。新しい版の kazasu で開いてください。",
        "This database belongs to a later version. Open it with that version of kazasu.",
    ),
    MigrationNeededError: (
        "データベースが前の版のままです。バックアップのあと「kazasu migrate」を実行してください。",
        "The database is of an earlier version. Back it up, then run 'kazasu migrate'.",
    ),
    PlainHttpRefusedError: (
        "暗号化なしの HTTP はこの機械の中だけです。"
        "証明書を設定するか、TLS を話すプロキシの後ろなら --behind-proxy を付けてください。",
        "Plain HTTP is served on loopback alone. "
        "Set a certificate, or say --behind-proxy if a proxy in front speaks TLS.",
    ),
    CertificateNotUsableError: (
        "TLS の証明書と鍵が読めないか、組になっていません。設定 tls_certificate と tls_key を確かめてください。",
        "The TLS certificate and key cannot be read or do not belong together. Check tls_certificate and tls_key.",
    ),
    AlreadyServedError: (
        "この施設のサーバーは既に動いています。",
        "The server of this facility is running already.",
    ),
    NotAnExerciseError: (
        "本番の施設ではシミュレーターは使えません。設定 gateway を確かめてください。",
        "A live facility cannot use the simulator. Check the setting gateway.",
    ),
    UnknownGatewayError: (
        "設定 gateway の値を知りません。none か simulator にしてください。",
        "The setting gateway names nothing known. Use none or simulator.",
    ),
    NotEvidenceError: (
        "証拠のファイルではありません。「kazasu evidence」で作ったファイルを指定してください。",
        "This is no evidence file. Give one that 'kazasu evidence' made.",
    ),
    LastSealingKeyError: (
        "最後の封印鍵です。先に「kazasu keys add」「kazasu backup」「kazasu keys announce」で次の鍵を作ってください。",
        "This is the last sealing key. Make another first: 'kazasu keys add', 'kazasu backup', 'kazasu keys announce'.",
    ),
    DatabaseNotEmptyError: (
        "データベースが空ではありません。上書きはしません。空のデータベースを作り、--database で指定してください。",
        "The database is not empty, and a restore writes over nothing. Make a new one and give it by --database.",
    ),
    JournalMissingError: (
        "ジャーナルがありません。--journal で場所を指定してください。失われたときだけ --without-journal を付けます。",
        "The journal is not here. Say where it is by --journal; only if it is lost, say --without-journal.",
    ),
    JournalDamagedError: (
        "ジャーナルのファイルがこの施設のものではありません。設定 journal を確かめてください。",
        "The journal's file is not this facility's. Check the setting journal.",
    ),
    JournalUnavailableError: (
        "ジャーナルに書けないため、何も変えていません。設定 journal のフォルダーの空きと権限を確かめてください。",
        "The journal cannot be written, so nothing was changed. Check space and rights of the folder set as journal.",
    ),
    StorageKeyMissingError: (
        "このフォルダーに鍵がありません。--recovery-file で復旧ファイルを指定してください。",
        "This folder has no keys. Give the recovery file by --recovery-file.",
    ),
    EnrolmentCodeError: (
        "登録コードにできる URL ではありません。設定 public_url と証明書を確かめてください。",
        "No enrolment code can be made for this URL. Check public_url and the certificate.",
    ),
}
_INSTITUTION_CODE = {
    "not_ten_digits": ("医療機関コードは数字10桁です。", "The institution code has ten digits."),
    "check_digit": (
        "医療機関コードの検査数字が合いません。入力を見直してください。",
        "The institution code's check digit does not fit. Look at what was typed.",
    ),
    "prefecture": (
        "本番の医療機関コードは都道府県番号 01〜47 で始まります。",
        "A live institution code begins with a prefecture, 01 to 47.",
    ),
    "exercise": (
        "訓練の医療機関コードは 99 で始めてください（実在の機関と紛れないように）。",
        "An exercise's institution code begins with 99, so that it can be no real institution's.",
    ),
}
_RECOVERY = {
    "not_a_recovery_file": ("復旧ファイルではありません。", "This is no recovery file."),
    "not_a_code": ("復旧コードは25文字です。", "The recovery code has 25 characters."),
    "wrong_code_or_damaged": (
        "復旧コードが違うか、ファイルが傷んでいます。",
        "The recovery code is wrong, or the file is damaged.",
    ),
}


_BACKUP = {
    "not_a_backup": ("バックアップのファイルではありません。", "This is no backup."),
    "wrong_key_or_damaged": (
        "この施設の鍵では開けないか、ファイルが傷んでいます。別のバックアップを使ってください。",
        "It does not open with this facility's keys, or it is damaged. Use another backup.",
    ),
    "cut_short": ("ファイルが途中で切れています。別のバックアップを使ってください。", "It is cut short. Use another."),
    "contradicts_itself": (
        "中身が合いません。このバックアップは使わず、別のものを使ってください。",
        "What it holds does not fit together. Do not use it; use another.",
    ),
    "of_another_facility": (
        "別の施設のものです。ファイルとジャーナルを確かめてください。",
        "It belongs to another facility. Check the file and the journal.",
    ),
}


def told(error: Exception) -> tuple[str, str] | None:
    """The words for an error, Japanese and English; None where it is none that a person could do something about."""
    match error:
        case InstitutionCodeError():
            return _INSTITUTION_CODE[error.why]
        case BackupError():
            return _BACKUP[error.why]
        case OlderBackupError():
            return (
                f"より新しい検証済みのバックアップがあります（{error.later_made_at}）。端末はそれを前提に記録を消しています。"
                "新しい方を使ってください。失われたときだけ --older を付けます。",
                f"A later backup was verified ({error.later_made_at}), and devices have deleted what it holds. "
                "Use that one; only if it is lost, say --older.",
            )
        case SealingKeyNeededError():
            return (
                f"まだ {len(error.logs)} 冊の記録簿がこの鍵を要します。"
                "端末の同期と「kazasu backup」のあとで、もう一度実行してください。",
                f"{len(error.logs)} logs still need this key. Let the devices sync, run 'kazasu backup', try again.",
            )
        case SealingKeyStateError():
            return (
                f"この封印鍵は今「{error.state.value}」です。「kazasu keys list」で確かめてください。",
                f"This sealing key is '{error.state.value}'. Look at 'kazasu keys list'.",
            )
        case RecoveryError():
            return _RECOVERY[error.why]
        case SettingsError():
            return (
                f"設定が読めません（{error.where}）：{error.why}",
                f"A setting cannot be read ({error.where}): {error.why}",
            )
        case KeyFileExposedError():
            return (
                f"鍵ファイル {error.name} を他の利用者が読めます。「chmod 600」のあと、漏洩がないか調べてください。",
                f"Others can read the key file {error.name}. Run 'chmod 600' on it and find out whether it has leaked.",
            )
        case DatabaseNotDurableError():
            return (
                f"データベースの {error.setting} が「{error.found}」です。「{error.wanted}」でないと記録が失われます。",
                f"The database's {error.setting} is {error.found}; without {error.wanted} records get lost.",
            )
        case ProblemError():
            say = error.body()["say"]
            return (say["ja"], say["en"])
        case FileExistsError() | FileNotFoundError() | PermissionError():
            return (f"ファイルを使えません：{error.filename}", f"This file cannot be used: {error.filename}")
    if type(error) not in _TEXTS and is_busy(error):
        return (
            "データベースに届きません。動いているか確かめてください。",
            "The database does not answer. See whether it runs.",
        )
    return _TEXTS.get(type(error))
