"""What each finding says, in both languages and for each verdict. Pure.

Towards a payer the anchor and the acknowledgement are the clinic's own statements, and the words say so.
"""

from datetime import datetime

from kazasu.clock import JAPAN
from kazasu.evidence.finding import Finding, Verdict
from kazasu.rules import Say

__all__ = ["found"]

_SHOWN, _NOT, _AGAINST = Verdict.SHOWN, Verdict.NOT_SHOWN, Verdict.CONTRADICTED
_SAY: dict[str, dict[Verdict, Say]] = {
    "bundle_sealed": {
        _SHOWN: Say(
            ja="ファイルは、書かれているサーバー鍵で封がされたときのままです。",
            en="The file is as it was when the server key named in it sealed it.",
        ),
        _AGAINST: Say(ja="ファイルは封がされた後に変えられています。", en="The file was changed after it was sealed."),
    },
    "server_key": {
        _SHOWN: Say(
            ja="サーバー鍵は、別の経路で知らされた鍵です。", en="The server key is the one told by another road."
        ),
        _NOT: Say(
            ja="サーバー鍵が医療機関のものかは、別の経路で拇印を比べないと分かりません。",
            en="That the server key is the clinic's must be compared by another road, by its thumbprint.",
        ),
        _AGAINST: Say(ja="サーバー鍵が違います。", en="The server key is another one."),
    },
    "genesis": {
        _SHOWN: Say(ja="記録簿はこの施設のこの端末のものです。", en="The log is this facility's and this device's."),
        _AGAINST: Say(ja="記録簿が施設か端末と合いません。", en="The log does not belong to this facility and device."),
    },
    "device_signed": {
        _SHOWN: Say(
            ja="端末の鍵は、この番号にこの記録があるところまで署名しました。後から差し込まれたものではありません。",
            en="The device's key signed a chain that has this entry under this number; it was not put in later.",
        ),
        _NOT: Say(
            ja="この番号を覆う端末の署名が含まれていません。", en="No signature of the device covers this number."
        ),
        _AGAINST: Say(ja="端末の署名がこの記録と合いません。", en="The device's signature does not fit this entry."),
    },
    "sealed_is_opened": {
        _SHOWN: Say(
            ja="封をされた記録を開くと、ここにある中身になります。", en="The sealed entry opens to what is shown here."
        ),
        _NOT: Say(
            ja="封をされた記録とここにある中身が同じことは、施設の封印鍵がないと確かめられません。"
            "中身の位置はカードの署名から分かります（下の項目）。",
            en="That the sealed entry opens to what is shown here takes the facility's sealing key to see. "
            "Where the card signed, its signature binds the content to its place (below).",
        ),
        _AGAINST: Say(
            ja="封をされた記録の中身は、ここにあるものと違います。", en="The sealed entry opens to something else."
        ),
    },
    "in_its_place": {
        _SHOWN: Say(
            ja="資格確認の内容は、記録簿のまさにこの場所のために、直前の記録を含めて作られました。",
            en="The intent was made for exactly this place in the log, and names the entry before it.",
        ),
        _NOT: Say(
            ja="中身が含まれていません（法に従って消去されたものなど）。",
            en="The content is not in the file (destroyed by law, for example).",
        ),
        _AGAINST: Say(ja="中身が記録の場所と合いません。", en="The content does not fit the entry's place."),
    },
    "card_signed": {
        _SHOWN: Say(
            ja="このカードとその暗証番号が、まさにこの資格確認のために使われました。",
            en="This card, with its PIN, was used for exactly this check.",
        ),
        _NOT: Say(
            ja="カードの署名がありません。カードの情報が読まれたことだけを示し、本人の確認は職員の申告によります。",
            en="The card did not sign. The file shows at most that the card's data was read; who was there is the "
            "staff member's statement.",
        ),
        _AGAINST: Say(
            ja="カードの署名か証明書が、この資格確認と合いません。",
            en="The card's signature or certificate does not fit this check.",
        ),
    },
    "certificate_trusted": {
        _SHOWN: Say(
            ja="証明書は、渡された発行元の証明書に連なります。", en="The certificate chains to a root that was given."
        ),
        _NOT: Say(
            ja="証明書の発行元は確かめられていません（発行元の証明書を --roots で渡してください）。",
            en="Who issued the certificate was not established (give the issuer's roots by --roots).",
        ),
        _AGAINST: Say(
            ja="証明書が発行元の証明書に連なりません。", en="The certificate does not chain to the root that signed it."
        ),
    },
    "certificate_valid": {
        _SHOWN: Say(
            ja="証明書は確認の日に有効期間内（資格確認の猶予を含む）でした。",
            en="On the day of the check the certificate was within its validity (or its grace for eligibility).",
        ),
        _NOT: Say(ja="証明書が含まれていません。", en="No certificate is in the file."),
        _AGAINST: Say(
            ja="証明書は確認の日に有効ではありませんでした。",
            en="The certificate was not valid on the day of the check.",
        ),
    },
    "made_after": {
        _SHOWN: Say(
            ja="確認は、サーバーが時刻 {at} に出した錨より後に行われました（医療機関自身の陳述）。",
            en="The check was made after the anchor that the server gave at {at} (the clinic's own statement).",
        ),
        _NOT: Say(
            ja="いつより後かは示されていません（端末はまだ錨を持っていませんでした）。",
            en="Nothing shows after when it was made (the device had no anchor).",
        ),
        _AGAINST: Say(ja="錨が本物ではありません。", en="The anchor is not the server's."),
    },
    "made_before": {
        _SHOWN: Say(
            ja="記録は {at} までにサーバーに届いていました（医療機関自身の陳述）。",
            en="The entry had reached the server by {at} (the clinic's own statement).",
        ),
        _AGAINST: Say(ja="受領書がこの記録を覆っていません。", en="The acknowledgement does not cover this entry."),
    },
    "device_time": {
        _SHOWN: Say(
            ja="端末の時計は {at} を示し、錨と到着の間に収まります。",
            en="The device's clock said {at}, which fits between anchor and arrival.",
        ),
        _NOT: Say(
            ja="端末の時計は {at} を示していましたが、錨か到着と合わず、あてになりません。",
            en="The device's clock said {at}, which does not fit anchor or arrival and proves nothing.",
        ),
    },
    "on_duty": {
        _SHOWN: Say(
            ja="この端末で、サーバーに認証された職員が勤務中でした（医療機関自身の陳述）。",
            en="Somebody whom the server had signed in was on duty on this device (the clinic's own statement).",
        ),
        _NOT: Say(ja="誰が勤務中だったかは示されていません。", en="Who was on duty is not shown."),
        _AGAINST: Say(
            ja="勤務票がこの端末か資格確認のものではありません。", en="The duty pass is not of this device or check."
        ),
    },
    "answer": {
        _SHOWN: Say(
            ja="医療機関のサーバーが保存した答えが含まれます。全国システムの署名はありません。",
            en="It holds the answer as the clinic's server kept it; the national system did not sign it.",
        ),
        _NOT: Say(ja="答えは含まれていません。", en="No answer is in the file."),
    },
    "not_revoked": {
        _NOT: Say(
            ja="証明書が失効していなかったことは示しません（失効は認定された検証者だけが確認できます）。",
            en="That the certificate was not revoked: only certified verifiers can see that.",
        )
    },
    "jpki_authentication": {
        _NOT: Say(
            ja="公的個人認証による認証ではありません。医療機関は認定された署名等検証者ではありません。",
            en="This is no JPKI authentication, and the clinic is no certified verifier.",
        )
    },
    "payer_receipt": {
        _NOT: Say(
            ja="時刻と受領は医療機関自身が述べたもので、第三者の証明ではありません。",
            en="Times and receipt are what the clinic itself states; no third party vouches for them.",
        )
    },
    "real": {
        _NOT: Say(
            ja="訓練の記録です。実在の資格確認ではありません。",
            en="EXERCISE: simulated, and no real check.",
        )
    },
}


def found(name: str, verdict: Verdict, at: datetime | None = None) -> Finding:
    """The finding with its words; a time is shown as it was in Japan."""
    say = _SAY[name][verdict]
    if at is not None:
        moment = f"{at.astimezone(JAPAN):%Y-%m-%d %H:%M:%S} JST"
        say = Say(ja=say.ja.format(at=moment), en=say.en.format(at=moment))
    return Finding(name, verdict, say)
