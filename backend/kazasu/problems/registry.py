"""Every problem that the server can answer with (RFC 9457), in one permanent list.

A room that needs a problem adds its row to `_PROBLEMS`; a name that went out stays for good, because devices decide
by it. docs/protocol/problem-types.md is made from this list. Texts never repeat what a client sent. Imports no
framework.
"""

from dataclasses import dataclass

URN = "urn:kazasu:problem:"


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or two for a person, in both languages."""

    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of problem: its permanent name, HTTP status, title, and what a person is told."""

    name: str
    status: int
    title: str
    happened: Text
    to_do: Text
    members: tuple[str, ...] = ()
    """Names of the extra members that an answer of this kind carries."""

    @property
    def type(self) -> str:
        """The `type` of the answer."""
        return URN + self.name


def _problem(
    name: str,
    status: int,
    title: str,
    ja: tuple[str, str],
    en: tuple[str, str],
    members: tuple[str, ...] = (),
) -> Problem:
    return Problem(name, status, title, Text(ja[0], en[0]), Text(ja[1], en[1]), members)


_PROBLEMS = (
    # Any request
    _problem(
        "internal-error",
        500,
        "Internal error",
        (
            "サーバー内部で問題が起きました。",
            "少し待ってもう一度お試しください。続くときは管理者に時刻をお知らせください。",
        ),
        (
            "Something went wrong inside the server.",
            "Try again in a moment; if it stays, tell the administrator the time.",
        ),
    ),
    _problem(
        "not-found",
        404,
        "Not found",
        ("指定されたものは見つかりません。", "一覧を開き直して選んでください。"),
        ("What was asked for is not here.", "Open the list again and choose from it."),
    ),
    _problem(
        "method-not-allowed",
        405,
        "Method not allowed",
        ("この操作はここではできません。", "ソフトウェアを最新の版にしてください。"),
        ("This cannot be done at this address.", "Update the software that asked."),
    ),
    _problem(
        "request-not-valid",
        400,
        "Request not valid",
        (
            "送られた内容に、足りない項目か読めない項目があります。",
            "「errors」に挙がった項目を直して、もう一度送ってください。",
        ),
        (
            "Something in the request is missing or cannot be read.",
            "Correct the fields named in 'errors' and send it again.",
        ),
        ("errors",),
    ),
    _problem(
        "request-too-large",
        413,
        "Request too large",
        ("送られた内容が大きすぎます。", "分けて送ってください。"),
        ("The request is too large.", "Send it in parts."),
    ),
    _problem(
        "media-type-not-supported",
        415,
        "Media type not supported",
        ("この形式では受け取れません。", "JSON で送ってください。"),
        ("This format is not accepted here.", "Send JSON."),
    ),
    _problem(
        "server-busy",
        503,
        "Server busy",
        ("サーバーが混み合っています。", "しばらくして自動的に送り直されます。記録は端末に残っています。"),
        ("The server is busy.", "It is sent again by itself in a while; what was recorded stays on the device."),
    ),
    _problem(
        "too-many-attempts",
        429,
        "Too many attempts",
        ("短い間に何度も試されました。", "「Retry-After」の秒数だけ待ってから、もう一度お試しください。"),
        ("There were too many attempts in a short time.", "Wait the seconds given in Retry-After, then try again."),
    ),
    _problem(
        "conflict",
        409,
        "Conflict",
        ("ほかの人が先に変更しました。", "開き直して、今の内容を確かめてください。"),
        ("Somebody else changed this first.", "Open it again and look at what it is now."),
    ),
    # Who is asking
    _problem(
        "token-not-valid",
        401,
        "Token not valid",
        ("サインインの有効期限が切れたか、正しくありません。", "もう一度サインインしてください。"),
        ("The sign-in is over or not valid.", "Sign in again."),
    ),
    _problem(
        "sign-in-refused",
        401,
        "Sign-in refused",
        ("ログイン名かパスワードが違います。", "確かめて、もう一度入力してください。"),
        ("The login or the password is not right.", "Check both and type them again."),
    ),
    _problem(
        "role-not-allowed",
        403,
        "Role not allowed",
        ("この操作をする権限がありません。", "権限のある人に頼むか、管理者に役割を確かめてください。"),
        ("Your role may not do this.", "Ask somebody whose role may, or ask the administrator about yours."),
    ),
    # Devices
    _problem(
        "device-waiting",
        403,
        "Device waiting",
        ("この端末はまだ管理者に確認されていません。", "端末の画面の指紋を管理者に見てもらい、確認を受けてください。"),
        (
            "An administrator has not confirmed this device yet.",
            "Show the administrator the thumbprint on the device's screen.",
        ),
        ("thumbprint",),
    ),
    _problem(
        "device-revoked",
        403,
        "Device revoked",
        ("この端末は停止されています。", "記録は端末に残っています。管理者に連絡してください。"),
        ("This device has been revoked.", "What was recorded stays on it; call the administrator."),
    ),
    _problem(
        "enrolment-refused",
        422,
        "Enrolment refused",
        (
            "登録コードが使えません（使用済み、期限切れ、または入力違い）。",
            "管理者に新しい登録コードを出してもらってください。",
        ),
        (
            "The enrolment code cannot be used: already used, run out, or mistyped.",
            "Ask the administrator for a new code.",
        ),
    ),
    _problem(
        "thumbprint-not-the-same",
        422,
        "Thumbprint not the same",
        (
            "指紋が、登録を待つ端末のものと違います。",
            "端末の画面の指紋をもう一度見比べ、違うままなら登録を取り消してください。",
        ),
        (
            "The thumbprint is not that of the waiting device.",
            "Compare it with the device's screen again; if it stays different, revoke the device.",
        ),
    ),
    _problem(
        "device-state-conflict",
        409,
        "Device state conflict",
        ("端末の状態が変わっています。", "端末の一覧を開き直してください。"),
        ("The device is no longer in that state.", "Open the list of devices again."),
        ("state",),
    ),
    _problem(
        "nonce-not-valid",
        401,
        "Nonce not valid",
        ("端末の証明に使う番号が期限切れか、使用済みです。", "端末が自動でやり直します。"),
        ("The nonce that the device signed has run out or was used.", "The device asks for a new one by itself."),
    ),
    # The push
    _problem(
        "push-gap",
        409,
        "Push leaves a gap",
        ("間の記録がまだ届いていません。", "端末が「expected」の番号から送り直します。"),
        ("Entries in between have not arrived.", "The device sends again from the number in 'expected'."),
        ("expected",),
    ),
    _problem(
        "log-closed",
        409,
        "Log closed",
        (
            "この端末の記録簿は閉じられました（同じ番号に別の記録が届きました）。",
            "端末は新しい記録簿で続けます。管理者に知らせてください。",
        ),
        (
            "This device's log was closed: another entry came under a number already taken.",
            "The device goes on with a new log; tell the administrator.",
        ),
        ("statement", "answers"),
    ),
    _problem(
        "push-refused",
        422,
        "Push refused",
        ("送られた記録を検証できませんでした。", "記録は端末に残っています。「reason」を管理者に伝えてください。"),
        ("What was pushed does not verify.", "The entries stay on the device; tell the administrator the 'reason'."),
        ("reason",),
    ),
    _problem(
        "push-too-large",
        413,
        "Push too large",
        ("一度に送る記録が多すぎます。", "端末が半分ずつに分けて送り直します。"),
        ("Too much was pushed at once.", "The device sends half of it at a time."),
        ("limit",),
    ),
    # A restored server
    _problem(
        "server-closed",
        503,
        "Server closed after a restore",
        (
            "サーバーはバックアップから戻されたところで、まだ閉じています。記録の受け取りだけを行います。",
            "端末の同期が済むのを待つか、管理者が足りない記録を確かめて「kazasu reopen」で開いてください。",
        ),
        (
            "The server was restored from a backup and is still closed: it takes in what devices recorded, no more.",
            "Wait until the devices have synced, or let an administrator declare what is missing ('kazasu reopen').",
        ),
    ),
    _problem(
        "logs-not-refilled",
        409,
        "Logs not refilled",
        (
            "まだ届いていない端末の記録があります。",
            "端末の同期を待つか、「missing」に挙がった記録が戻らないことを宣言してください。",
        ),
        (
            "Some devices' entries have not come back yet.",
            "Wait for the devices to sync, or declare that what 'missing' lists will not come.",
        ),
        ("missing",),
    ),
    _problem(
        "import-refused",
        422,
        "Import refused",
        (
            "この施設の端末が書き出したファイルではありません。",
            "端末で「kazasu device export」を実行したファイルを選んでください。",
        ),
        (
            "This is no file that a device of this facility exported.",
            "Choose the file made by 'kazasu device export'.",
        ),
        ("reason",),
    ),
    # The roster
    _problem(
        "import-outdated",
        409,
        "Import outdated",
        (
            "ファイルか名簿が、確認した時から変わっています。何も取り込んでいません。",
            "もう一度内容を確認してから取り込んでください。",
        ),
        (
            "The file or the roster is no longer what was shown; nothing was taken over.",
            "Look at the preview again, then take it over.",
        ),
    ),
    # Medical information
    _problem(
        "medical-information-closed",
        403,
        "Medical information closed",
        ("この医療情報は今は見られません。", "「reasons」に理由と根拠があります。"),
        ("This medical information is not open now.", "'reasons' says why, each with its source."),
        ("reasons",),
    ),
    _problem(
        "medical-information-not-reached",
        503,
        "Medical information not reached",
        ("医療情報を取りに行きましたが、得られませんでした。", "しばらくしてもう一度お試しください。"),
        ("Medical information was asked for and did not come.", "Try again in a while."),
        ("why",),
    ),
    # Out of the house
    # Asking by hand
    _problem(
        "app-text-not-read",
        422,
        "App text not read",
        (
            "貼り付けた資格情報を読み取れませんでした。何も保存していません。",
            "「faults」に挙がった点を直して、もう一度貼り付けてください。",
        ),
        (
            "The pasted text cannot be read; nothing was stored.",
            "Mend what 'faults' lists, and paste it again.",
        ),
        ("faults",),
    ),
    _problem(
        "road-not-open",
        409,
        "Road not open",
        (
            "この資格確認は、この方法では照会できません。",
            "確認の種類と施設の設定を確かめ、ほかの方法で照会してください。",
        ),
        (
            "This check cannot be asked by this road.",
            "Look at the check's type and at what the facility has to ask with; ask by another road.",
        ),
    ),
    _problem(
        "check-not-decided",
        409,
        "Check not decided",
        ("この確認はまだ決着していません。", "回答を待つか、保留の理由を処理してから請求してください。"),
        (
            "This check is not settled yet.",
            "Wait for the answer, or decide what it is held for, before claiming on it.",
        ),
        ("state",),
    ),
    _problem(
        "nothing-to-export",
        409,
        "Nothing to export",
        (
            "この期間に、まだ出力していない決着済みの確認はありません。",
            "期間を確かめるか、先に保留を処理してください。",
        ),
        (
            "No settled check of these days is still to go out.",
            "Look at the period, or decide what is held first.",
        ),
    ),
    _problem(
        "declaration-not-complete",
        422,
        "Declaration not complete",
        (
            "申立書に、足りない項目か正しくない項目があります。何も記録していません。",
            "「faults」に挙がった項目を直してください。",
        ),
        (
            "Something on the declaration is missing or wrong; nothing was recorded.",
            "Correct the fields in 'faults'.",
        ),
        ("faults",),
    ),
    _problem(
        "document-not-valid",
        422,
        "Document not valid",
        (
            "書類の内容に、正しくない項目があります。何も記録していません。",
            "「faults」に挙がった項目を、書類を見て直してください。",
        ),
        (
            "Something of what was typed cannot be what the document says; nothing was recorded.",
            "Look at the document and correct the fields in 'faults'.",
        ),
        ("faults",),
    ),
    _problem(
        "export-withdrawn",
        410,
        "Export withdrawn",
        ("この出力は取り消されています。", "新しい出力を作ってください。"),
        ("This batch has been withdrawn.", "Make a new one."),
    ),
    _problem(
        "decision-exported",
        409,
        "Decision exported",
        (
            "この判断にもとづく確認は、すでに出力されています。",
            "判断を取り消すには、先にその出力を取り消してください。",
        ),
        (
            "The check that this decision settled has gone out.",
            "Withdraw its export batch first, then undo the decision.",
        ),
    ),
    # Staff
    _problem(
        "login-taken",
        409,
        "Login taken",
        ("このログイン名はすでに使われています。", "別のログイン名にしてください。"),
        ("This login is already in use.", "Choose another."),
    ),
    _problem(
        "password-too-weak",
        422,
        "Password too weak",
        ("パスワードが短すぎます。", "「minimum_length」文字以上にしてください。"),
        ("The password is too short.", "Use at least 'minimum_length' characters."),
        ("minimum_length",),
    ),
    _problem(
        "last-administrator",
        409,
        "Last administrator",
        ("最後の管理者は停止できません。", "先に別の管理者を登録してください。"),
        ("The last administrator cannot be deactivated.", "Add another administrator first."),
    ),
)


def _by_name(problems: tuple[Problem, ...]) -> dict[str, Problem]:
    found: dict[str, Problem] = {}
    for problem in problems:
        if problem.name in found:
            raise ValueError(f"two problems are named {problem.name}")
        found[problem.name] = problem
    return found


REGISTRY = _by_name(_PROBLEMS)
"""Every problem by its name."""
